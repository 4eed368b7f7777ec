import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText } from '../../lib/json-text.ts'
import type { CatalogEntry, CatalogView } from '../catalog/index.ts'
import { nameTools } from './name-tools.ts'
import { createSchemaTyper, oneNote } from './type-of-schema.ts'

const MAX_DESCRIPTION = 400

/** The result of a tool that declares none. */
const UNDECLARED = 'ToolText'

export const DECLARATION_HEAD = `type ${UNDECLARED} = any // a string; an array of MCP content blocks where there is more than text\n`

function argumentsOf(definition: JsonObject): string {
  const schema: JsonValue = definition['inputSchema'] ?? {}
  const type = createSchemaTyper(schema).typeOf(schema)
  if (type === '{}') return ''
  const isNeeded = isJsonObject(schema) && Array.isArray(schema['required']) && schema['required'].length > 0
  return `args${isNeeded ? '' : '?'}: ${type}`
}

function resultOf(definition: JsonObject): string {
  const schema = definition['outputSchema']
  return isJsonObject(schema) ? createSchemaTyper(schema).typeOf(schema) : UNDECLARED
}

/** One member of a server’s type, with what it says of itself: `add(args: { a: number }): Promise<…>`. */
export function declareTool(name: string, { definition }: CatalogEntry): string {
  const value = parseJsonText(definition)
  const tool = isJsonObject(value) ? value : {}
  const note = oneNote(tool['description'] ?? tool['title'], MAX_DESCRIPTION)
  return `${note === '' ? '' : `    /** ${note} */\n`}    ${name}(${argumentsOf(tool)}): Promise<${resultOf(tool)}>\n`
}

/** The tools as one declaration of TypeScript. What the view does not list is left out. */
export function declareTools(view: CatalogView, entries: readonly CatalogEntry[]): string {
  const { placeOf } = nameTools(view)
  const placed = entries.flatMap((entry) => {
    const place = placeOf(entry)
    return place ? [{ server: place.server, text: declareTool(place.tool, entry) }] : []
  })
  const servers = [...Map.groupBy(placed, ({ server }) => server)].map(([server, tools]) => `  ${server}: {\n${tools.map(({ text }) => text).join('')}  }\n`)
  const body = servers.join('')
  return `${body.includes(UNDECLARED) ? DECLARATION_HEAD : ''}declare const tools: {\n${body}}`
}
