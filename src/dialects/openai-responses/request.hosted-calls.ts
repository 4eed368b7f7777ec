import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { HOSTED_ID } from '../canonical/hosted-call.ts'
import type { ApprovalWord } from '../turns.ts'

const OWN = new RegExp(`^mcp[rl]?_${HOSTED_ID}`)

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const isOwn = (id: JsonValue | undefined): id is string => typeof id === 'string' && OWN.test(id)

/** `{"type":"mcp_approval_response","approval_request_id":"mcpr_tl_1","approve":true}` */
export function readApproval(element: JsonValue): ApprovalWord | undefined {
  if (!isJsonObject(element) || element['type'] !== 'mcp_approval_response' || !isOwn(element['approval_request_id'])) return undefined
  const { approval_request_id: id, approve, reason } = element
  return { id, isApproved: approve === true, reason: typeof reason === 'string' && reason !== '' ? reason : undefined }
}

/** `{"type":"mcp_call","id":"mcp_tl_1","approval_request_id":"mcpr_tl_1",…}` */
export function approvalOf(element: JsonValue): string | undefined {
  if (!isJsonObject(element) || element['type'] !== 'mcp_call' || !isOwn(element['id'])) return undefined
  const { approval_request_id: id } = element
  return isOwn(id) ? id : undefined
}

function nameOf({ server_label: server, name }: JsonObject): string {
  return [textOf(server), textOf(name)].filter((word) => word !== '').join('__').replace(/[^\w-]/g, '_').slice(0, 64)
}

function writeCall(item: JsonObject, id: string, output: string): readonly JsonText[] {
  const callId = `call_${id.replace(/^mcpr?_/, '')}`
  const call = { type: 'function_call', call_id: callId, name: nameOf(item), arguments: textOf(item['arguments']) || '{}' }
  return [toJsonText(call), toJsonText({ type: 'function_call_output', call_id: callId, output })]
}

function errorOf({ error }: JsonObject): string {
  const content = isJsonObject(error) ? error['content'] : undefined
  return (Array.isArray(content) ? content : []).map((part: JsonValue) => (isJsonObject(part) ? textOf(part['text']) : '')).join('\n')
}

/** The questions whose calls were made, as their calls tell. */
function answeredQuestions(elements: readonly JsonText[]): ReadonlySet<string> {
  return new Set(elements.flatMap((text) => (text.includes(HOSTED_ID) ? (approvalOf(parseExact(text)) ?? []) : [])))
}

/** What clients were told of the gateway's own calls, as calls and outputs of their own; a call whose approval was waited for was not made. */
export function untellHostedCalls(elements: readonly JsonText[]): readonly JsonText[] {
  const answered = answeredQuestions(elements)
  return elements.flatMap((text) => {
    if (!text.includes(HOSTED_ID)) return [text]
    const item = parseExact(text)
    if (!isJsonObject(item)) return [text]
    if (readApproval(item)) return []
    const { type, id } = item
    if (type === 'mcp_list_tools' && isOwn(id)) return []
    if (type === 'mcp_call' && isOwn(id)) return writeCall(item, id, item['error'] ? `Error: ${errorOf(item)}` : textOf(item['output']))
    if (isOwn(id) && answered.has(id)) return []
    return type === 'mcp_approval_request' && isOwn(id) ? writeCall(item, id, 'The call was not made.') : [text]
  })
}
