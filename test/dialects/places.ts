import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'

/** The unknown member that is put in, and looked for in what comes out. */
export const UNKNOWN = 'zz_unknown'

/** One object of a body, with the means to put an unknown member into it. */
export interface Place {
  readonly path: string
  /** The objects from the whole body down to this one. */
  readonly ancestors: readonly JsonObject[]
  insert(): JsonObject
}

/** Every object of a body but those whose path is opaque: their content is the client's or the provider's own business. */
export function placesOf(base: JsonObject, opaque: RegExp): readonly Place[] {
  const places: Place[] = []
  const walk = (value: JsonValue | undefined, path: string, above: readonly JsonObject[], rebuild: (changed: JsonValue) => JsonObject): void => {
    if (opaque.test(path)) return
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item as JsonValue, `${path}/${index}`, above, (changed) => rebuild(value.with(index, changed) as JsonValue))
    } else if (isJsonObject(value)) {
      const ancestors = [...above, value]
      places.push({ path, ancestors, insert: () => rebuild({ ...value, [UNKNOWN]: 'zz' }) })
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}/${key}`, ancestors, (changed) => rebuild({ ...value, [key]: changed }))
    }
  }
  walk(base, '', [], (changed) => changed as JsonObject)
  return places
}

/** The path itself and everything above it, the body excepted. */
export function parentsOf(path: string): readonly string[] {
  return path.split('/').map((_, index, parts) => parts.slice(0, parts.length - index).join('/')).filter((parent) => parent !== '')
}
