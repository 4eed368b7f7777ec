import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Sourced } from '../canonical/request.ts'

/** One message of a repeated member, and where it stands. */
export interface Repeated {
  readonly value: JsonValue
  readonly path: string
}

/** The name as protobuf writes it: `topK` is `top_k`. */
export const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * Reads one protobuf message in JSON: each member may be written `topK` or `top_k`, whole numbers may be strings, and a single
 * message may stand for a list of one.
 * @see https://protobuf.dev/programming-guides/json/
 */
export class ProtoFields {
  readonly #value: JsonObject
  readonly #fields: Fields

  constructor(value: JsonObject, path: string, fields: Fields = new Fields(value, path)) {
    this.#value = value
    this.#fields = fields
  }

  get path(): string {
    return this.#fields.path
  }

  get source(): Sourced {
    return this.#fields.source
  }

  /** What was not read, of the objects in it as well. */
  get unread(): JsonObject | undefined {
    const { extras, inner } = this.source
    return extras || inner ? { ...extras, ...inner } : undefined
  }

  /** As the client wrote it. */
  name(key: string): string {
    return Object.hasOwn(this.#value, key) ? key : snakeCase(key)
  }

  /** Where the member stands: `/generationConfig/topK`. */
  at(key: string): string {
    return `${this.path}/${Object.hasOwn(this.#value, key) || !Object.hasOwn(this.#value, snakeCase(key)) ? key : snakeCase(key)}`
  }

  /** Looks without reading: what is only looked at is still unread. */
  peek(key: string): JsonValue | undefined {
    return this.#value[this.name(key)]
  }

  get(key: string): JsonValue | undefined {
    return this.#fields.get(this.name(key))
  }

  string(key: string): string | undefined {
    return this.#fields.string(this.name(key))
  }

  boolean(key: string): boolean | undefined {
    return this.#fields.boolean(this.name(key))
  }

  object(key: string): JsonObject | undefined {
    return this.#fields.object(this.name(key))
  }

  number(key: string): number | undefined {
    const value = this.#value[this.name(key)]
    if (typeof value !== 'string') return this.#fields.number(this.name(key))
    const number = Number(value)
    if (value.trim() === '' || !Number.isFinite(number)) return undefined
    this.#fields.get(this.name(key))
    return number
  }

  within(key: string): ProtoFields | undefined {
    const value = this.#value[this.name(key)]
    const fields = this.#fields.within(this.name(key))
    return fields && isJsonObject(value) ? new ProtoFields(value, fields.path, fields) : undefined
  }

  /** Undefined when it is absent or neither a list nor a message. */
  repeated(key: string): readonly Repeated[] | undefined {
    const value = this.#value[this.name(key)]
    const path = this.at(key)
    if (isJsonObject(value)) return [{ value: this.#fields.object(this.name(key)) ?? value, path }]
    return this.#fields.list(this.name(key))?.map((item, index) => ({ value: item, path: `${path}/${index}` }))
  }
}
