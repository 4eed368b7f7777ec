import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { editMembers, type JsonText, parseJsonText, readItems, readMember, readMembers, toJsonText } from '../../lib/json-text.ts'

/** Where JSON Schema 2020-12 and draft-07 put schemas; everything else (`const`, `enum`, `default`, `examples`) is data. */
const ONE = new Set(['items', 'additionalProperties', 'additionalItems', 'not', 'if', 'then', 'else', 'contains', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema'])
const LIST = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])
const MAP = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'])
const ANCHORS = new Set(['$anchor', '$dynamicAnchor'])
const REFERENCES = new Set(['$ref', '$dynamicRef'])

/** Dialects whose meaning is that of an OpenAPI 3.1 schema; the declaration may go. */
const SAME_DIALECT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/

function isContainer(text: JsonText, open: '{' | '['): boolean {
  return text.trimStart().startsWith(open)
}

const stringOf = (text: JsonText): string | undefined => {
  const value: JsonValue = parseJsonText(text)
  return typeof value === 'string' ? value : undefined
}

/** Anchors are names of the whole document, so each carries its component's name: `addressDef` → `everything__echo.input.addressDef`. */
const anchorName = (component: string, anchor: string): string => `${component.replace(/^[^A-Za-z_]/, '_')}.${anchor}`

function moveReference(reference: string, component: string, rootId: string | undefined): string {
  const local = rootId !== undefined && reference.startsWith(`${rootId.replace(/#$/, '')}#`) ? reference.slice(reference.indexOf('#')) : reference
  if (local === '#' || (rootId !== undefined && local === rootId)) return `#/components/schemas/${component}`
  if (local.startsWith('#/')) return `#/components/schemas/${component}${local.slice(1)}`
  if (local.startsWith('#')) return `#${anchorName(component, local.slice(1))}`
  return reference
}

interface Move {
  readonly component: string
  readonly rootId: string | undefined
}

function moveMember(key: string, value: JsonText, move: Move): JsonText {
  if (REFERENCES.has(key)) {
    const reference = stringOf(value)
    return reference === undefined ? value : toJsonText(moveReference(reference, move.component, move.rootId))
  }
  if (ANCHORS.has(key)) {
    const anchor = stringOf(value)
    return anchor === undefined ? value : toJsonText(anchorName(move.component, anchor))
  }
  if (MAP.has(key) && isContainer(value, '{')) return moveMap(value, move)
  if (LIST.has(key) && isContainer(value, '[')) return `[${readItems(value).map((item) => moveSchema(item, move)).join(',')}]` as JsonText
  return ONE.has(key) ? moveSchema(value, move) : value
}

function moveMembers(object: JsonText, moved: (key: string, value: JsonText) => JsonText): JsonText {
  const changes: Record<string, JsonText> = Object.create(null) as Record<string, JsonText>
  for (const { key, valueStart, valueEnd } of readMembers(object)) {
    const before = object.slice(valueStart, valueEnd) as JsonText
    const after = moved(key, before)
    if (after !== before) changes[key] = after
  }
  return Object.keys(changes).length === 0 ? object : editMembers(object, changes)
}

function moveMap(map: JsonText, move: Move): JsonText {
  return moveMembers(map, (_key, value) => moveSchema(value, move))
}

function moveSchema(schema: JsonText, move: Move): JsonText {
  if (!isContainer(schema, '{')) return schema
  // A nested `$id` starts a base of its own: what it holds refers to itself and stays.
  if (readMember(schema, '$id') !== undefined) return schema
  return moveMembers(schema, (key, value) => moveMember(key, value, move))
}

/**
 * A tool's schema as a component of an OpenAPI 3.1 document. It stays as the server wrote it, but for local references
 * and anchors: inside a larger document they would point at something else. References to the network are left alone and
 * never fetched.
 * @see https://spec.openapis.org/oas/v3.1.1#schema-object
 */
export function embedSchema(schema: JsonText, component: string): JsonText {
  if (!isContainer(schema, '{')) return schema
  const id = readMember(schema, '$id')
  const rootId = id === undefined ? undefined : stringOf(id)
  const dialect = readMember(schema, '$schema')
  const sameDialect = dialect !== undefined && SAME_DIALECT.test(stringOf(dialect) ?? '')
  const root = rootId === undefined && !sameDialect ? schema : editMembers(schema, { ...(rootId === undefined ? {} : { $id: undefined }), ...(sameDialect ? { $schema: undefined } : {}) })
  return moveSchema(root, { component, rootId })
}

/** Whether a text is an object schema at all; some servers publish `true` or leave it out. */
export function isObjectSchema(schema: JsonText | undefined): schema is JsonText {
  return schema !== undefined && isJsonObject(parseJsonText(schema))
}
