import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { editMembers, type JsonText, parseJsonText, readItems, readMembers } from '../../../lib/json-text.ts'

/** One finding in the words of FastAPI. */
export interface ArgumentProblem {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly input: JsonValue
}

export interface CheckedArguments {
  /** As the client wrote them, but for members that the schema does not have, and for values that mcpo would have read as the type asked for: `"5"` for an integer is `5`. */
  readonly text: JsonText
  readonly problems: readonly ArgumentProblem[]
}

interface Place {
  readonly root: JsonObject
  readonly loc: readonly (string | number)[]
  readonly problems: ArgumentProblem[]
  readonly depth: number
}

const MOST_DEPTH = 32
const WORDS_OF_TRUTH: Readonly<Record<string, 'true' | 'false'>> = {
  true: 'true', t: 'true', yes: 'true', y: 'true', on: 'true', '1': 'true',
  false: 'false', f: 'false', no: 'false', n: 'false', off: 'false', '0': 'false',
}

/** Follows `#/…` inside the tool’s own schema; anything else is the server’s to check. */
function resolve(schema: JsonValue | undefined, root: JsonObject): JsonObject | undefined {
  let at = schema
  for (let hops = 0; hops < MOST_DEPTH; hops++) {
    if (!isJsonObject(at)) return undefined
    const reference = at['$ref']
    if (typeof reference !== 'string') return at
    if (!reference.startsWith('#/')) return undefined
    at = reference.slice(2).split('/').reduce<JsonValue | undefined>((value, part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
      return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
    }, root)
  }
  return undefined
}

function report(place: Place, type: string, msg: string, input: JsonValue): undefined {
  place.problems.push({ type, loc: place.loc, msg, input })
  return undefined
}

function checkNumber(value: JsonValue, place: Place, isWhole: boolean): JsonText | undefined {
  const kind = isWhole ? 'int' : 'float'
  const name = isWhole ? 'integer' : 'number'
  if (typeof value === 'number') {
    if (!isWhole || Number.isInteger(value)) return undefined
    return report(place, 'int_from_float', 'Input should be a valid integer, got a number with a fractional part', value)
  }
  if (typeof value === 'boolean') return (value ? '1' : '0') as JsonText
  if (typeof value !== 'string') return report(place, `${kind}_type`, `Input should be a valid ${name}`, value)
  const digits = value.trim()
  const isNumber = isWhole ? /^[+-]?\d+$/.test(digits) : /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(digits)
  if (!isNumber) return report(place, `${kind}_parsing`, `Input should be a valid ${name}, unable to parse string as ${isWhole ? 'an integer' : 'a number'}`, value)
  // Digits of an integer stay digits, however many there are.
  return (isWhole ? digits.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1') : JSON.stringify(Number(digits))) as JsonText
}

function checkTruth(value: JsonValue, place: Place): JsonText | undefined {
  if (typeof value === 'boolean') return undefined
  if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) {
    const word = WORDS_OF_TRUTH[String(value).toLowerCase()]
    if (word !== undefined) return word as JsonText
    return report(place, 'bool_parsing', 'Input should be a valid boolean, unable to interpret input', value)
  }
  return report(place, 'bool_type', 'Input should be a valid boolean', value)
}

function checkList(text: JsonText, value: JsonValue, schema: JsonObject, place: Place): JsonText | undefined {
  if (!Array.isArray(value)) return report(place, 'list_type', 'Input should be a valid list', value)
  const items = resolve(schema['items'], place.root)
  if (!items) return undefined
  const before = readItems(text)
  const after = before.map((item, index) => checkValue(item, items, { ...place, loc: [...place.loc, index], depth: place.depth + 1 }))
  return after.some((item, index) => item !== before[index]) ? (`[${after.join(',')}]` as JsonText) : undefined
}

function checkObject(text: JsonText, value: JsonValue, schema: JsonObject, place: Place): JsonText | undefined {
  const properties = schema['properties']
  if (!isJsonObject(properties) || Object.keys(properties).length === 0) {
    return isJsonObject(value) ? undefined : report(place, 'dict_type', 'Input should be a valid dictionary', value)
  }
  if (!isJsonObject(value)) return report(place, 'model_attributes_type', 'Input should be a valid dictionary or object to extract fields from', value)
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly JsonValue[]) : []
  const written = new Map(readMembers(text).map(({ key, valueStart, valueEnd }) => [key, text.slice(valueStart, valueEnd) as JsonText]))
  const changes: Record<string, JsonText | undefined> = Object.create(null) as Record<string, JsonText | undefined>
  for (const name of written.keys()) if (!Object.hasOwn(properties, name)) changes[name] = undefined
  for (const [name, property] of Object.entries(properties)) {
    const at = { ...place, loc: [...place.loc, name], depth: place.depth + 1 }
    const before = written.get(name)
    if (before === undefined) {
      if (required.includes(name)) report(at, 'missing', 'Field required', value)
      continue
    }
    const own = resolve(property, place.root)
    const after = own ? checkValue(before, own, at) : before
    if (after !== before) changes[name] = after
  }
  return Object.keys(changes).length === 0 ? undefined : editMembers(text, changes)
}

/** Only what a schema says with one plain `type` is looked at; unions and the rest of JSON Schema are the server’s to check. */
function checkValue(text: JsonText, schema: JsonObject, place: Place): JsonText {
  if (place.depth > MOST_DEPTH || ['anyOf', 'oneOf', 'allOf', 'not', 'if'].some((key) => Object.hasOwn(schema, key))) return text
  const value = parseJsonText(text)
  switch (schema['type']) {
    case 'string':
      if (typeof value !== 'string') report(place, 'string_type', 'Input should be a valid string', value)
      return text
    case 'integer':
      return checkNumber(value, place, true) ?? text
    case 'number':
      return checkNumber(value, place, false) ?? text
    case 'boolean':
      return checkTruth(value, place) ?? text
    case 'array':
      return checkList(text, value, schema, place) ?? text
    case 'object':
      return checkObject(text, value, schema, place) ?? text
    default:
      return text
  }
}

/**
 * What mcpo checks before it calls a tool: that required members are there and plain types fit. Members that the schema does not name
 * are left out, as mcpo does, of the arguments and of objects in them. Nothing is added: defaults are the server’s, and nulls go on.
 */
export function checkArguments(text: JsonText, schema: JsonObject): CheckedArguments {
  const problems: ArgumentProblem[] = []
  const checked = checkObject(text, parseJsonText(text), schema, { root: schema, loc: ['body'], problems, depth: 0 })
  return { text: checked ?? text, problems }
}
