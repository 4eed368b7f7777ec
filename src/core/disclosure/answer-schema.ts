import type { McpEra } from '../../domain/mcp-server.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogView } from '../catalog/index.ts'
import { BadArguments, readMetaArguments } from './read-meta-arguments.ts'
import { similarNames } from './similar-names.ts'
import { visibleDefinition } from './visible-definition.ts'

const MOST = 20

/** The answer of `tool_schema`: definitions as a full list shows them. Throws `BadArguments` when none of the names is known. */
export function answerSchema(view: CatalogView, era: McpEra, json: JsonText | undefined): string {
  const names = readMetaArguments(json, ['tools']).names('tools', MOST)
  const entries = names.flatMap((name) => view.find('tool', name) ?? [])
  const unknown = names.filter((name) => !view.find('tool', name))
  const told = unknown.map((name) => ({ name: name.slice(0, 128), similar: similarNames(view, name) }))
  if (entries.length === 0) throw new BadArguments(`There is no such tool: ${toJsonText(told)}`)
  const definitions = entries.map((entry) => visibleDefinition(view, era, entry))
  return `{"tools":[${definitions.join(',')}]${told.length > 0 ? `,"unknown":${toJsonText(told)}` : ''}}`
}
