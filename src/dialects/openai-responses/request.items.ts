import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { Block, Message, TextBlock, ToolCallBlock, ToolResultBlock } from '../canonical/request.ts'
import { refuseField } from '../refuse-field.ts'
import { readReasoning } from './reasoning.ts'
import { decodeContent } from './request.content.ts'

/** Without these the conversation would be another one, or another thing would be done. */
const REFUSED: Readonly<Record<string, string>> = {
  item_reference: 'it refers to an item that is stored elsewhere',
  compaction: 'it holds a conversation that only its own provider can read',
  compaction_trigger: 'the provider cannot compact a conversation',
  mcp_approval_response: 'it approves a call that only its own provider can make',
}

/** Ids and states of items mean something only where they are stored. */
const OF_STORAGE = ['id', 'status'] as const

interface ReadItem {
  readonly role: Message['role']
  readonly blocks: readonly Block[]
  /** Members of the item that no block has. */
  readonly extras: JsonObject | undefined
}

const ROLES: Readonly<Record<string, Message['role']>> = { user: 'user', assistant: 'assistant', system: 'system', developer: 'system' }

function readMessage(fields: Fields): ReadItem {
  const word = fields.string('role') ?? ''
  const role = Object.hasOwn(ROLES, word) ? ROLES[word] : undefined
  if (!role) throw new GatewayError('invalid_request', `Expected \`${fields.path}/role\` to be user, assistant, system or developer, got \`${word || 'nothing'}\`.`)
  const blocks = decodeContent(fields.get('content'), `${fields.path}/content`)
  return { role, blocks, extras: fields.extras }
}

function readCall(fields: Fields, member: 'arguments' | 'input'): ReadItem {
  const value = fields.get(member)
  const argumentsText = typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)
  const namespace = fields.string('namespace')
  const call: ToolCallBlock = {
    type: 'tool-call',
    callId: fields.string('call_id') ?? '',
    name: fields.string('name') ?? '',
    argumentsText,
    ...(namespace === undefined ? {} : { namespace }),
    ...(member === 'input' ? { isCustom: true as const } : {}),
    path: fields.path,
  }
  return { role: 'assistant', blocks: [call], extras: fields.extras }
}

function readOutput(fields: Fields): ReadItem {
  const content = decodeContent(fields.get('output'), `${fields.path}/output`)
  const callId = fields.string('call_id') ?? ''
  // Some clients repeat whose result it is; the call says it already.
  fields.get('name')
  fields.get('namespace')
  const result: ToolResultBlock = { type: 'tool-result', callId, isError: false, content, path: fields.path }
  return { role: 'user', blocks: [result], extras: fields.extras }
}

/** `[{"type":"summary_text","text":"…"}]`, and nothing besides that would go unnoticed. */
function isPlainParts(value: JsonValue | undefined): boolean {
  const isPlain = (part: JsonValue): boolean => isJsonObject(part) && Object.keys(part).every((key) => key === 'type' || key === 'text')
  return value === null || value === undefined || (Array.isArray(value) && value.every(isPlain))
}

function readThought(fields: Fields, item: JsonObject): ReadItem {
  const { text, isRedacted } = readReasoning(item)
  const seal = fields.string('encrypted_content')
  if (seal === undefined) fields.get('encrypted_content')
  for (const key of ['summary', 'content']) if (isPlainParts(item[key])) fields.get(key)
  const isSealed = seal !== undefined && seal !== ''
  const { extras } = fields
  if (!isSealed && text === '') return { role: 'assistant', blocks: [], extras }
  return { role: 'assistant', blocks: [{ type: 'reasoning', text, ...(isSealed ? { seal } : {}), ...(isRedacted ? { isRedacted: true as const } : {}), path: fields.path }], extras }
}

const READERS: Readonly<Record<string, (fields: Fields, item: JsonObject) => ReadItem | undefined>> = {
  message: readMessage,
  function_call: (fields) => readCall(fields, 'arguments'),
  custom_tool_call: (fields) => readCall(fields, 'input'),
  function_call_output: readOutput,
  custom_tool_call_output: readOutput,
  reasoning: readThought,
  // Its tools are read with the others.
  additional_tools: () => undefined,
}

function readItem(value: JsonValue, path: string): ReadItem | undefined {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', `Expected \`${path}\` to be an item.`)
  const fields = new Fields(value, path)
  const type = fields.string('type') ?? (value['role'] === undefined ? 'item_reference' : 'message')
  if (Object.hasOwn(REFUSED, type)) refuseField(path, REFUSED[type] ?? '')
  for (const key of OF_STORAGE) fields.get(key)
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined
  if (read) return read(fields, value)
  return { role: type.endsWith('_output') ? 'user' : 'assistant', blocks: [{ type: 'native', value, path }], extras: undefined }
}

/** A result without its call is a mistake that some providers answer with nonsense. */
function checkResult({ blocks }: ReadItem, calls: Set<string>): void {
  for (const block of blocks) {
    if (block.type === 'tool-call') calls.add(block.callId)
    if (block.type === 'tool-result' && !calls.has(block.callId)) {
      throw new GatewayError('invalid_request', `Expected a call with the \`call_id\` of \`${block.path}\` before it, found none for \`${block.callId}\`.`)
    }
  }
}

interface Turn {
  readonly role: Message['role']
  readonly blocks: Block[]
  readonly inner: Record<string, JsonObject>
  readonly path: string
}

/** What an assistant said in several items is one message; so are results that follow each other. */
function joins(turn: Turn | undefined, { role, blocks }: ReadItem): turn is Turn {
  if (turn?.role !== role || role === 'system') return false
  if (role === 'assistant') return true
  return [...turn.blocks, ...blocks].every((block) => block.type === 'tool-result')
}

/** The items of a request as messages. Members of joined items are kept by the items' places. */
export function decodeItems(items: readonly JsonValue[], base: string): readonly Message[] {
  const turns: Turn[] = []
  const calls = new Set<string>()
  for (const [index, value] of items.entries()) {
    const path = `${base}/${index}`
    const item = readItem(value, path)
    if (!item) continue
    checkResult(item, calls)
    const last = turns.at(-1)
    const turn = joins(last, item) ? last : { role: item.role, blocks: [], inner: {}, path }
    if (turn !== last) turns.push(turn)
    turn.blocks.push(...item.blocks)
    if (item.extras) turn.inner[String(index)] = item.extras
  }
  return turns.map(({ role, blocks, inner, path }) => {
    const own = inner[path.slice(base.length + 1)]
    const isSingle = own !== undefined && Object.keys(inner).length === 1
    if (isSingle) return { role, blocks, path, extras: own }
    return Object.keys(inner).length > 0 ? { role, blocks, path: base, inner } : { role, blocks, path }
  })
}

/** The instructions that lead the conversation; those in the middle of it are messages. */
export function splitSystem(messages: readonly Message[]): { readonly system: readonly TextBlock[]; readonly rest: readonly Message[] } {
  const first = messages.findIndex(({ role }) => role !== 'system')
  const leading = first < 0 ? messages : messages.slice(0, first)
  const system = leading.flatMap(({ blocks, extras }) =>
    blocks.map((block, index) => {
      if (block.type !== 'text') throw new GatewayError('invalid_request', `Expected \`${block.path}\` to be text.`)
      return index === 0 && extras ? { ...block, extras: { ...block.extras, ...extras } } : block
    }),
  )
  return { system, rest: first < 0 ? [] : messages.slice(first) }
}
