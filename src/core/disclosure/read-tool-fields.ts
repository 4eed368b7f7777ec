import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'

/** What a tool says about itself, in the parts that a search weighs differently. */
export interface ToolFields {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly parameterNames: string
  readonly parameterDescriptions: string
}

const MAX_DEPTH = 4
const MAX_PARAMETERS = 200

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

interface Found {
  readonly names: string[]
  readonly descriptions: string[]
}

/** Parameters of parameters count too: some tools take one object that holds everything. */
function collect(schema: unknown, found: Found, depth: number): void {
  if (!isJsonObject(schema) || depth > MAX_DEPTH || found.names.length >= MAX_PARAMETERS) return
  const { properties, items } = schema
  if (isJsonObject(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      found.names.push(name)
      if (!isJsonObject(property)) continue
      found.descriptions.push(textOf(property['description']), ...enumWords(property))
      collect(property, found, depth + 1)
    }
  }
  collect(items, found, depth + 1)
}

function enumWords(property: JsonObject): readonly string[] {
  const values = property['enum']
  return Array.isArray(values) ? (values as readonly unknown[]).slice(0, 20).map(textOf) : []
}

/** Read from the server's own definition; what is missing or of another type is empty. */
export function readToolFields(definition: JsonText): ToolFields {
  const value = parseJsonText(definition)
  const tool = isJsonObject(value) ? value : {}
  const annotations = isJsonObject(tool['annotations']) ? tool['annotations'] : {}
  const found: Found = { names: [], descriptions: [] }
  collect(tool['inputSchema'], found, 0)
  return {
    name: textOf(tool['name']),
    title: textOf(tool['title']) || textOf(annotations['title']),
    description: textOf(tool['description']),
    parameterNames: found.names.join(' '),
    parameterDescriptions: found.descriptions.join(' '),
  }
}
