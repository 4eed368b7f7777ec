import type { StreamPart } from './stream.ts'

/** The sequence that is complete first, as a model that writes letter by letter meets it; of two that end there the longer one is meant. */
function findStop(text: string, stops: readonly string[]): { readonly at: number; readonly stop: string } | undefined {
  let found: { readonly at: number; readonly stop: string } | undefined
  for (const stop of stops) {
    const at = text.indexOf(stop)
    if (at < 0) continue
    const end = at + stop.length
    const best = found && found.at + found.stop.length
    if (!found || best === undefined || end < best || (end === best && at < found.at)) found = { at, stop }
  }
  return found
}

/** How much of a text’s end could be the beginning of a sequence. */
function heldLength(text: string, stops: readonly string[]): number {
  const longest = Math.max(...stops.map(({ length }) => length))
  for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
    const end = text.slice(-length)
    if (stops.some((stop) => stop.length > length && stop.startsWith(end))) return length
  }
  return 0
}

/**
 * Ends a visible text at the first stop sequence, as a provider does that knows of them. What the model says after it is read for its
 * usage and not told; blocks that had begun before go on. The end of a text is held back as long as it could be a sequence.
 */
class StopCutter {
  readonly #stops: readonly string[]
  readonly #open = new Set<number>()
  #text: number | undefined
  #held = ''
  #found: string | undefined

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  push(part: StreamPart): readonly StreamPart[] {
    if (part.type === 'message-end') return [...this.#flush(), this.#finish(part)]
    if (part.type === 'native') return this.#found === undefined ? [part] : []
    if (!('index' in part)) return [part]
    if (part.type === 'text-delta') return this.#read(part.index, part.text)
    if (part.type === 'block-end') return this.#close(part)
    if (part.type.endsWith('-start') && this.#found === undefined) this.#open.add(part.index)
    if (part.type === 'text-start') this.#text = part.index
    return this.#open.has(part.index) ? [part] : []
  }

  #finish(part: StreamPart & { readonly type: 'message-end' }): StreamPart {
    return this.#found === undefined ? part : { ...part, finish: { ...part.finish, unified: 'stop-sequence', stopSequence: this.#found } }
  }

  #read(index: number, text: string): readonly StreamPart[] {
    if (!this.#open.has(index)) return []
    const whole = this.#held + text
    const found = findStop(whole, this.#stops)
    if (found) {
      this.#found = found.stop
      this.#held = ''
      this.#open.delete(index)
      return [...said(index, whole.slice(0, found.at)), { type: 'block-end', index }]
    }
    const held = heldLength(whole, this.#stops)
    this.#held = held === 0 ? '' : whole.slice(-held)
    return said(index, whole.slice(0, whole.length - held))
  }

  #close(part: StreamPart & { readonly index: number }): readonly StreamPart[] {
    if (!this.#open.delete(part.index)) return []
    return part.index === this.#text ? [...this.#flush(), part] : [part]
  }

  #flush(): readonly StreamPart[] {
    const text = this.#held
    this.#held = ''
    return this.#text === undefined ? [] : said(this.#text, text)
  }
}

const said = (index: number, text: string): readonly StreamPart[] => (text === '' ? [] : [{ type: 'text-delta', index, text }])

/** For sequences that the provider was not told; without any, nothing changes. */
export function createStopCutter(stops: readonly string[]): (part: StreamPart) => readonly StreamPart[] {
  const known = stops.filter((stop) => stop !== '')
  if (known.length === 0) return (part) => [part]
  const cutter = new StopCutter(known)
  return (part) => cutter.push(part)
}
