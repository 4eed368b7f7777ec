import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import type { Citation } from './citation.ts'

/** A stream can go on for ever; what is lost in it is told once, and not without end. */
const MOST = 64

const NOTHING: ReadonlySet<string> = new Set()

const saysNothing = (value: JsonValue | undefined): boolean => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** Collects what of one answer could not be brought to the client, each place once. */
export class AnswerLosses {
  readonly #losses = new Map<string, Loss>()

  get list(): readonly Loss[] {
    return [...this.#losses.values()]
  }

  dropped(path: string, reason: string): void {
    this.#add({ path, kind: 'dropped', reason, of: 'answer' })
  }

  approximated(path: string, reason: string): void {
    this.#add({ path, kind: 'approximated', reason, of: 'answer' })
  }

  /** Names the members that nobody knows; what is empty says nothing. */
  unread(value: JsonObject, known: ReadonlySet<string>, path: string): void {
    for (const key of Object.keys(value)) {
      if (!known.has(key) && !saysNothing(value[key])) this.dropped(`${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, 'it has no place in a translated answer')
    }
  }

  /** The same for a usage report, at every depth: `known` has paths such as `input_details/cached_tokens`, and a count of nothing says nothing. */
  uncounted(usage: JsonObject, known: ReadonlySet<string>, path: string, within = ''): void {
    for (const [key, value] of Object.entries(usage)) {
      const name = `${within}${key}`
      if (!known.has(name)) this.unread(value === 0 ? {} : { [key]: value }, NOTHING, path)
      else if (isJsonObject(value)) this.uncounted(value, known, `${path}/${key}`, `${name}/`)
    }
  }

  /** A block that only its own dialect has. */
  native({ value, path = '/content' }: { readonly value: JsonValue; readonly path?: string }): void {
    this.dropped(path, `the client’s dialect has no block of type \`${typeOf(value)}\``)
  }

  /** Arguments of a call that are no JSON object, for a dialect that has only such. */
  toldRaw(path: string | undefined): void {
    this.approximated(path ?? '/content', 'arguments that are no JSON object are told as text in `_raw`')
  }

  /** What of a citation has no word in the client's dialect. */
  citedText({ citedText, path }: Citation): void {
    if (citedText !== undefined && citedText !== '') this.dropped(`${path}/cited_text`, 'the client’s dialect does not quote what it cites')
  }

  #add(loss: Loss): void {
    if (this.#losses.size < MOST && !this.#losses.has(loss.path)) this.#losses.set(loss.path, loss)
  }
}

/** A count of the provider's own report, by the name that it has there: `/usage/cache_creation_input_tokens`. */
export function findCount(value: JsonValue | undefined, name: RegExp, path = ''): string | undefined {
  if (!isJsonObject(value)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = name.test(key) && typeof inner === 'number' && inner > 0 ? `${path}/${key}` : findCount(inner, name, `${path}/${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

function typeOf(value: JsonValue): string {
  if (!isJsonObject(value)) return 'unknown'
  const { type } = value
  return typeof type === 'string' ? type : (Object.keys(value)[0] ?? 'unknown')
}
