import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, readItems, type JsonText } from '../../lib/json-text.ts'
import type { ScannedBody } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import { findMember } from '../obeyed-members.ts'
import { OWN_ADDRESS, type AskedServer, type AskedServers } from '../turns.ts'

const textsOf = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => typeof entry === 'string') : [])

/** A list of names, or `{"tool_names":[…]}`. */
function namesOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (Array.isArray(value)) return textsOf(value)
  return isJsonObject(value) && Array.isArray(value['tool_names']) ? textsOf(value['tool_names']) : undefined
}

/** `"always"`, `"never"`, or `{"always":{"tool_names":[…]},"never":{"tool_names":[…]}}`. */
function readApproval(value: JsonValue | undefined): AskedServer['asksFor'] {
  if (value === 'always') return () => true
  if (value === 'never') return () => false
  if (!isJsonObject(value)) return undefined
  const [always, never] = [namesOf(value['always']), namesOf(value['never'])]
  return (tool) => always?.includes(tool) ?? !(never?.includes(tool) ?? false)
}

/** A server without an address is one of ours, by its label. */
function readServer(tool: JsonObject): AskedServer | undefined {
  const { type, server_label: label, server_url: url, connector_id: connector } = tool
  if (type !== 'mcp' || typeof label !== 'string' || connector !== undefined) return undefined
  if (url !== undefined && (typeof url !== 'string' || !OWN_ADDRESS.test(url))) return undefined
  const names = namesOf(tool['allowed_tools'])
  const asksFor = readApproval(tool['require_approval'])
  return {
    label,
    selection: typeof url === 'string' ? url.replace(OWN_ADDRESS, '') : label,
    ...(names ? { allows: (name: string) => names.includes(name) } : {}),
    ...(asksFor ? { asksFor } : {}),
  }
}

/** `{"type":"mcp","server_label":"docs"}` among the tools. */
export function readToolServers(body: ScannedBody): AskedServers | undefined {
  const member = findMember(body, 'tools')
  const text = member && sliceText(body.pieces, member.valueStart, member.valueEnd)
  if (!text?.includes('"mcp"') || !text.startsWith('[')) return undefined
  const kept: JsonText[] = []
  const servers: AskedServer[] = []
  for (const item of readItems(text as JsonText)) {
    const tool = item.includes('"mcp"') ? parseJsonText(item) : null
    const server = isJsonObject(tool) ? readServer(tool) : undefined
    if (server) servers.push(server)
    else kept.push(item)
  }
  if (servers.length === 0) return undefined
  return { servers, rest: { tools: kept.length > 0 ? (`[${kept.join(',')}]` as JsonText) : undefined } }
}
