import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../../lib/json-text.ts'
import { encodeHeader } from './encode-header.ts'

const ANNOTATION = 'x-mcp-header'

interface Mirrored {
  readonly header: string
  readonly path: readonly string[]
}

/** Which arguments of which tools a modern HTTP server wants repeated as headers, learned from the tool lists that pass. */
export interface HeaderMirror {
  /** Takes note of a `tools/list` result. Returns the tools whose annotations are invalid; nothing is mirrored for those. */
  learn(result: JsonText): readonly string[]
  /** The `Mcp-Param-*` headers of a `tools/call` with these params. */
  headersFor(params: JsonText | undefined): Readonly<Record<string, string>>
}

function countAnnotations(value: JsonValue | undefined): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item: JsonValue) => sum + countAnnotations(item), 0)
  if (!isJsonObject(value)) return 0
  const below = Object.values(value).reduce((sum: number, item) => sum + countAnnotations(item), 0)
  return below + (typeof value[ANNOTATION] === 'string' ? 1 : 0)
}

function collect(schema: JsonValue | undefined, path: readonly string[], found: Mirrored[]): void {
  const properties = isJsonObject(schema) ? schema['properties'] : undefined
  if (!isJsonObject(properties)) return
  for (const [key, property] of Object.entries(properties)) {
    if (!isJsonObject(property)) continue
    const header = property[ANNOTATION]
    const type = property['type']
    const isMirrorable = type === 'string' || type === 'integer' || type === 'boolean'
    if (typeof header === 'string' && isMirrorable && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header)) found.push({ header, path: [...path, key] })
    collect(property, [...path, key], found)
  }
}

/** `undefined` when one annotation is wrong: not a token, twice, on a type that has no header form, or out of plain reach. */
function readAnnotations(schema: JsonValue | undefined): readonly Mirrored[] | undefined {
  const total = countAnnotations(schema)
  const found: Mirrored[] = []
  collect(schema, [], found)
  const names = new Set(found.map(({ header }) => header.toLowerCase()))
  return found.length === total && names.size === total ? found : undefined
}

/** Numbers as they were written, since a large one does not survive parsing. */
function readValue(params: JsonText, path: readonly string[]): string | undefined {
  let text: JsonText | undefined = readMember(params, 'arguments')
  for (const key of path) text = text && readMember(text, key)
  if (text === undefined) return undefined
  const value = parseJsonText(text)
  if (typeof value === 'string') return encodeHeader(value)
  return typeof value === 'number' || typeof value === 'boolean' ? text.trim() : undefined
}

export function createHeaderMirror(): HeaderMirror {
  const tools = new Map<string, readonly Mirrored[]>()
  return {
    learn(result) {
      const value = result.includes(ANNOTATION) ? parseJsonText(result) : undefined
      const listed = isJsonObject(value) && Array.isArray(value['tools']) ? value['tools'] : []
      const invalid: string[] = []
      for (const tool of listed as readonly JsonValue[]) {
        if (!isJsonObject(tool) || typeof tool['name'] !== 'string') continue
        const annotations = readAnnotations(tool['inputSchema'])
        if (!annotations) invalid.push(tool['name'])
        if (annotations && annotations.length > 0) tools.set(tool['name'], annotations)
        else tools.delete(tool['name'])
      }
      return invalid
    },
    headersFor(params) {
      if (params === undefined || tools.size === 0) return {}
      const text = readMember(params, 'name')
      const name = text === undefined ? undefined : parseJsonText(text)
      const mirrored = typeof name === 'string' ? tools.get(name) : undefined
      const headers: Record<string, string> = {}
      for (const { header, path } of mirrored ?? []) {
        const value = readValue(params, path)
        if (value !== undefined) headers[`mcp-param-${header.toLowerCase()}`] = value
      }
      return headers
    },
  }
}
