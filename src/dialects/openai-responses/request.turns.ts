import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { editMembers, readItems, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { DialectTurns } from '../turns.ts'
import { approvalOf, readApproval, untellHostedCalls } from './request.hosted-calls.ts'
import { readToolServers } from './request.tool-servers.ts'
import { writeToolList } from './response.hosted-call.ts'
import { createResponsesFold } from './stream.fold.ts'

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

const CALLS = new Set(['function_call', 'custom_tool_call'])

const TOLD = new Set(['mcp_call', 'mcp_approval_request'])

/** The client says these; everything else that is no message was said by the model or done for it. */
const CLIENTS = /_output$|^mcp_approval_response$|^item_reference$/

export const responsesTurns: DialectTurns = {
  conversation: 'input',
  readConversation(text) {
    if (text === undefined) return []
    return text.startsWith('"') ? [`{"type":"message","role":"user","content":[{"type":"input_text","text":${text}}]}` as JsonText] : readItems(text)
  },
  createFold: createResponsesFold,
  replay: ({ output }) => listOf(output),
  isModels(element) {
    if (!isJsonObject(element)) return false
    const { type = 'message', role } = element
    return type === 'message' ? role === 'assistant' : typeof type === 'string' && !CLIENTS.test(type)
  },
  callIdsOf(element) {
    if (!isJsonObject(element) || typeof element['type'] !== 'string') return []
    const id = TOLD.has(element['type']) ? element['id'] : CALLS.has(element['type']) ? element['call_id'] : undefined
    return typeof id === 'string' ? [id] : []
  },
  tellsCalls: true,
  untell: untellHostedCalls,
  readApproval,
  approvalOf,
  forbidCalls: { tool_choice: 'none' },
  readToolServers,
  writeToolList,
  listedServer(element) {
    const label = isJsonObject(element) && element['type'] === 'mcp_list_tools' ? element['server_label'] : undefined
    return typeof label === 'string' ? label : undefined
  },
  prepend(answer, blocks) {
    const items = readItems(readMember(answer, 'output') ?? ('[]' as JsonText))
    return editMembers(answer, { output: `[${[...blocks.map((block) => toJsonText(block)), ...items].join(',')}]` as JsonText })
  },
}
