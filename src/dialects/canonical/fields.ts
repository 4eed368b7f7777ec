import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Sourced } from './request.ts'

/** Reads the members of one wire object and knows which were never asked for: those are its extras. */
export class Fields {
  readonly path: string
  readonly #value: JsonObject
  readonly #read = new Set<string>()
  readonly #inner = new Map<string, Fields>()

  constructor(value: JsonObject, path: string) {
    this.#value = value
    this.path = path
  }

  get(key: string): JsonValue | undefined {
    this.#read.add(key)
    return this.#value[key]
  }

  /** Looks without reading: the member stays one of the extras. */
  peek(key: string): JsonValue | undefined {
    return this.#value[key]
  }

  string(key: string): string | undefined {
    return this.#typed(key, (value) => typeof value === 'string')
  }

  number(key: string): number | undefined {
    return this.#typed(key, (value) => typeof value === 'number')
  }

  boolean(key: string): boolean | undefined {
    return this.#typed(key, (value) => typeof value === 'boolean')
  }

  object(key: string): JsonObject | undefined {
    return this.#typed(key, isJsonObject)
  }

  /** An object whose members are read one by one as well; what of them is not read is kept apart. */
  within(key: string): Fields | undefined {
    const value = this.object(key)
    if (!value) return undefined
    const known = this.#inner.get(key) ?? new Fields(value, `${this.path}/${key}`)
    this.#inner.set(key, known)
    return known
  }

  list(key: string): readonly JsonValue[] | undefined {
    return this.#typed<readonly JsonValue[]>(key, (value): value is readonly JsonValue[] => Array.isArray(value))
  }

  /** What was not read; undefined when all was. A value of an unexpected type counts as not read. */
  get extras(): JsonObject | undefined {
    const rest = Object.entries(this.#value).filter(([key]) => !this.#read.has(key))
    return rest.length > 0 ? Object.fromEntries(rest) : undefined
  }

  /** What was not read of the objects that were. */
  get inner(): Readonly<Record<string, JsonObject>> | undefined {
    const found = [...this.#inner].flatMap(([key, fields]) => (fields.extras ? [[key, fields.extras] as const] : []))
    return found.length > 0 ? Object.fromEntries(found) : undefined
  }

  /** `path`, and `extras` and `inner` where there are any. */
  get source(): Sourced {
    const { path, extras, inner } = this
    return { path, ...(extras ? { extras } : {}), ...(inner ? { inner } : {}) }
  }

  #typed<T extends JsonValue>(key: string, isWanted: (value: unknown) => value is T): T | undefined {
    const value = this.#value[key]
    if (!isWanted(value)) return undefined
    this.#read.add(key)
    return value
  }
}
