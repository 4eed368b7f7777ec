import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Reads the members of one wire object and knows which were never asked for: those are its extras. */
export class Fields {
  readonly path: string
  readonly #value: JsonObject
  readonly #read = new Set<string>()

  constructor(value: JsonObject, path: string) {
    this.#value = value
    this.path = path
  }

  get(key: string): JsonValue | undefined {
    this.#read.add(key)
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

  list(key: string): readonly JsonValue[] | undefined {
    return this.#typed<readonly JsonValue[]>(key, (value): value is readonly JsonValue[] => Array.isArray(value))
  }

  /** What was not read; undefined when all was. A value of an unexpected type counts as not read. */
  get extras(): JsonObject | undefined {
    const rest = Object.entries(this.#value).filter(([key]) => !this.#read.has(key))
    return rest.length > 0 ? Object.fromEntries(rest) : undefined
  }

  /** `path`, and `extras` where there are any. */
  get source(): { readonly path: string; readonly extras?: JsonObject } {
    const { extras } = this
    return extras ? { path: this.path, extras } : { path: this.path }
  }

  #typed<T extends JsonValue>(key: string, isWanted: (value: unknown) => value is T): T | undefined {
    const value = this.#value[key]
    if (!isWanted(value)) return undefined
    this.#read.add(key)
    return value
  }
}
