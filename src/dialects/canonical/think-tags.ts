import type { StreamPart } from './stream.ts'

const OPEN = '<think>'
const CLOSE = '</think>'

/** The longest end of `text` that could become `tag` with what follows. */
function possibleStart(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) if (tag.startsWith(text.slice(-length))) return length
  return 0
}

/**
 * Takes thinking out of a text that begins with `<think>`, however the tags are cut. With `isExpected` the opening tag may be
 * missing, as with models whose prompt template has already written it: then all before a `</think>` is thinking, and the
 * text waits until one has come or the answer ends. Other texts pass as they are.
 * @see https://github.com/QwenLM/qwen-code/issues/6033
 */
export class ThinkTags {
  readonly #isExpected: boolean
  readonly #seal: string
  #state: 'before' | 'thinking' | 'after' = 'before'
  #held = ''
  #shift = 0
  #textIndex = -1
  #isTextOpen = false

  constructor(isExpected: boolean, seal: string) {
    this.#isExpected = isExpected
    this.#seal = seal
  }

  push(part: StreamPart): readonly StreamPart[] {
    if (!('index' in part)) return part.type === 'message-end' ? [...this.#flush(), part] : [part]
    if (this.#state === 'after' && this.#textIndex !== part.index) return [this.#moved(part)]
    if (part.type === 'text-start' && part.isRefusal !== true && this.#state === 'before') {
      this.#textIndex = part.index
      return []
    }
    if (part.index !== this.#textIndex) return [this.#moved(part)]
    if (part.type === 'text-delta') return this.#text(part.text)
    return part.type === 'block-end' ? [...this.#flush(), ...this.#endText()] : [this.#moved(part)]
  }

  /** Once a thought was taken out of a text, ranges in it are another text's. */
  #moved(part: Extract<StreamPart, { readonly index: number }>): StreamPart {
    if (this.#shift === 0) return part
    const index = part.index + this.#shift
    return part.type === 'citation' ? { ...part, index, citation: { ...part.citation, range: undefined } } : { ...part, index }
  }

  #text(text: string): readonly StreamPart[] {
    this.#held += text
    if (this.#state === 'before') return this.#begin()
    if (this.#state === 'thinking') return this.#think()
    return this.#say()
  }

  #begin(): readonly StreamPart[] {
    const text = this.#held.trimStart()
    if (text.startsWith(OPEN)) {
      this.#held = text.slice(OPEN.length)
      this.#state = 'thinking'
      return [{ type: 'reasoning-start', index: this.#textIndex + this.#shift }, ...this.#think()]
    }
    if (OPEN.startsWith(text)) return []
    if (!this.#isExpected) {
      this.#state = 'after'
      return this.#say()
    }
    if (!text.includes(CLOSE)) return []
    this.#state = 'thinking'
    return [{ type: 'reasoning-start', index: this.#textIndex + this.#shift }, ...this.#think()]
  }

  #think(): readonly StreamPart[] {
    const index = this.#textIndex + this.#shift
    const end = this.#held.indexOf(CLOSE)
    const stop = end < 0 ? this.#held.length - possibleStart(this.#held, CLOSE) : end
    const thought = this.#held.slice(0, stop)
    this.#held = this.#held.slice(end < 0 ? stop : end + CLOSE.length)
    const said: readonly StreamPart[] = thought === '' ? [] : [{ type: 'reasoning-delta', index, text: thought }]
    if (end < 0) return said
    this.#state = 'after'
    this.#shift++
    return [...said, { type: 'reasoning-seal', index, seal: this.#seal }, { type: 'block-end', index }, ...this.#say()]
  }

  #say(): readonly StreamPart[] {
    const text = this.#isTextOpen ? this.#held : this.#held.trimStart()
    if (text === '') return []
    this.#held = ''
    const index = this.#textIndex + this.#shift
    const start: readonly StreamPart[] = this.#isTextOpen ? [] : [{ type: 'text-start', index }]
    this.#isTextOpen = true
    return [...start, { type: 'text-delta', index, text }]
  }

  /** What was held back when no more comes: half a tag is text. */
  #flush(): readonly StreamPart[] {
    if (this.#state === 'thinking') {
      const index = this.#textIndex + this.#shift
      const rest: readonly StreamPart[] = this.#held === '' ? [] : [{ type: 'reasoning-delta', index, text: this.#held }]
      this.#held = ''
      this.#state = 'after'
      this.#shift++
      return [...rest, { type: 'reasoning-seal', index, seal: this.#seal }, { type: 'block-end', index }]
    }
    if (this.#textIndex >= 0) this.#state = 'after'
    return this.#held === '' ? [] : this.#say()
  }

  /** A text that was all thinking is no block; the numbers after it stay dense. */
  #endText(): readonly StreamPart[] {
    const index = this.#textIndex + this.#shift
    const wasOpen = this.#isTextOpen
    this.#isTextOpen = false
    this.#textIndex = -1
    if (!wasOpen) this.#shift--
    return wasOpen ? [{ type: 'block-end', index }] : []
  }
}
