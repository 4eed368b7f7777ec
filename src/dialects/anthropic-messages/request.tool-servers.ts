import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, readItems, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import { findMember } from '../obeyed-members.ts'
import { OWN_ADDRESS, type AskedServer, type AskedServers } from '../turns.ts'

const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

function itemsOf(body: ScannedBody, key: string): readonly JsonText[] {
  const member = findMember(body, key)
  const text = member && sliceText(body.pieces, member.valueStart, member.valueEnd)
  return text?.startsWith('[') ? readItems(text as JsonText) : []
}

const isOwn = ({ url }: JsonObject): boolean => typeof url === 'string' && OWN_ADDRESS.test(url)

/** The older form, on the server itself: `"tool_configuration":{"enabled":true,"allowed_tools":["search"]}`. */
function readConfiguration({ tool_configuration: configuration }: JsonObject): AskedServer['allows'] {
  if (!isJsonObject(configuration)) return undefined
  if (configuration['enabled'] === false) return () => false
  const { allowed_tools: names } = configuration
  return Array.isArray(names) ? (tool) => names.includes(tool) : undefined
}

const isEnabled = (config: JsonValue | undefined, otherwise: boolean): boolean => (isJsonObject(config) && typeof config['enabled'] === 'boolean' ? config['enabled'] : otherwise)

/**
 * `{"type":"mcp_toolset","mcp_server_name":"docs","default_config":{"enabled":false},"configs":{"search":{"enabled":true}}}`
 * @see https://platform.claude.com/docs/en/agents-and-tools/mcp-connector
 */
function readToolset({ default_config: byDefault, configs }: JsonObject): NonNullable<AskedServer['allows']> {
  return (tool) => isEnabled(isJsonObject(configs) ? configs[tool] : undefined, isEnabled(byDefault, true))
}

const listText = (items: readonly JsonText[]): JsonText | undefined => (items.length > 0 ? (`[${items.join(',')}]` as JsonText) : undefined)

/** `{"type":"url","url":"trunkline:coding","name":"coding"}` among the servers, and the tool sets that belong to it. */
export function readToolServers(body: ScannedBody): AskedServers | undefined {
  const listed = objectsOf(itemsOf(body, 'mcp_servers').map((item) => parseJsonText(item)))
  const own = listed.filter(isOwn)
  if (own.length === 0) return undefined
  const names = new Set(own.map(({ name }) => name))
  const tools = itemsOf(body, 'tools').map((text) => ({ text, value: parseJsonText(text) }))
  const toolsets = objectsOf(tools.map(({ value }) => value)).filter(({ type, mcp_server_name: name }) => type === 'mcp_toolset' && names.has(name))
  const servers = own.map((server): AskedServer => {
    const toolset = toolsets.find(({ mcp_server_name: name }) => name === server['name'])
    const allows = toolset ? readToolset(toolset) : readConfiguration(server)
    const address = String(server['url'] as string).replace(OWN_ADDRESS, '')
    return { label: typeof server['name'] === 'string' ? server['name'] : address, selection: address, ...(allows ? { allows } : {}) }
  })
  const others = listed.filter((server) => !isOwn(server)).map((server) => toJsonText(server))
  const kept = tools.filter(({ value }) => !toolsets.includes(value as JsonObject)).map(({ text }) => text)
  return { servers, rest: { mcp_servers: listText(others), ...(toolsets.length > 0 ? { tools: listText(kept) } : {}) } }
}
