import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { HOSTED_ID } from '../canonical/hosted-call.ts'

const PREFIX = `mcptoolu_${HOSTED_ID}`

const idOf = (block: JsonObject): string | undefined => {
  const id = block['type'] === 'mcp_tool_use' ? block['id'] : block['type'] === 'mcp_tool_result' ? block['tool_use_id'] : undefined
  return typeof id === 'string' && id.startsWith(PREFIX) ? id : undefined
}

const toolId = (id: string): string => id.replace(/^mcptoolu_/, 'toolu_')

function asCall({ id, name, server_name: server, input }: JsonObject): JsonObject {
  const called = [server, name].filter((word) => typeof word === 'string').join('__').replace(/[^\w-]/g, '_').slice(0, 64)
  return { type: 'tool_use', id: toolId(String(id as string)), name: called, input: input ?? {} }
}

function asResult({ tool_use_id: id, is_error: isError, content }: JsonObject): JsonObject {
  return { type: 'tool_result', tool_use_id: toolId(String(id as string)), ...(isError === true ? { is_error: true } : {}), content: content ?? '' }
}

/** A turn with told calls in it is several turns: what was said and called, the results, and what was said then. */
function split(message: JsonObject, blocks: readonly JsonValue[]): readonly JsonObject[] {
  const messages: { role: 'assistant' | 'user'; content: JsonValue[] }[] = []
  for (const block of blocks) {
    const known = isJsonObject(block) ? idOf(block) : undefined
    const isResult = known !== undefined && isJsonObject(block) && block['type'] === 'mcp_tool_result'
    const role = isResult ? 'user' : 'assistant'
    const written = known === undefined || !isJsonObject(block) ? block : isResult ? asResult(block) : asCall(block)
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(written)
    else messages.push({ role, content: [written] })
  }
  return messages.map((one) => ({ ...(one.role === 'assistant' ? message : {}), ...one }))
}

/** What clients were told of the gateway's own calls, as calls and results of their own. */
export function untellHostedCalls(elements: readonly JsonText[]): readonly JsonText[] {
  return elements.flatMap((text) => {
    if (!text.includes(PREFIX)) return [text]
    const message = parseExact(text)
    if (!isJsonObject(message) || !Array.isArray(message['content'])) return [text]
    return split(message, message['content'] as readonly JsonValue[]).map((one) => toJsonText(one))
  })
}
