import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { sampleArguments } from './sample-arguments.ts'

/** What the demo model says to one request. */
export type DemoAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-call'; readonly name: string; readonly argumentsText: string }

const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  if (!isArray(content)) return ''
  return content.map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).filter(Boolean).join('\n')
}

function messagesOf(request: JsonObject): readonly JsonObject[] {
  return isArray(request['messages']) ? request['messages'].filter(isJsonObject) : []
}

/** Everything the user and the tools wrote, for counting. */
export function promptText(request: JsonObject): string {
  return messagesOf(request).map((message) => textOf(message['content'])).join('\n')
}

function lastUserText(request: JsonObject): string {
  return textOf(messagesOf(request).findLast((message) => message['role'] === 'user')?.['content'])
}

function offeredTool(request: JsonObject): JsonObject | undefined {
  const choice = request['tool_choice']
  if (choice === 'none' || !isArray(request['tools'])) return undefined
  const functions = request['tools'].filter(isJsonObject).map((tool) => tool['function']).filter(isJsonObject)
  const wanted = isJsonObject(choice) && isJsonObject(choice['function']) ? choice['function']['name'] : undefined
  return wanted === undefined ? functions[0] : functions.find((tool) => tool['name'] === wanted)
}

function sumUpTools(request: JsonObject): string {
  const messages = messagesOf(request)
  const lastOther = messages.findLastIndex((message) => message['role'] !== 'tool')
  const results = messages.slice(lastOther + 1).map((message) => textOf(message['content']))
  const lines = results.map((result, index) => `${index + 1}. ${result.slice(0, 500)}`)
  return `This is the Trunkline demo model; nothing here comes from a real one. ${results.length === 1 ? 'The tool' : `${results.length} tools`} answered:\n${lines.join('\n')}`
}

function echo(request: JsonObject): string {
  const said = lastUserText(request)
  const heard = said === '' ? 'You said nothing.' : `You said: ${said.slice(0, 4_000)}`
  return `This is the Trunkline demo model; nothing here comes from a real one. ${heard}`
}

/** `tools` calls the first offered tool when the user has spoken, and sums up when tools have answered; else it echoes. */
export function answerDemo(model: string, request: JsonObject): DemoAnswer {
  const last = messagesOf(request).at(-1)?.['role']
  if (model === 'tools' && last === 'tool') return { kind: 'text', text: sumUpTools(request) }
  const tool = model === 'tools' && last === 'user' ? offeredTool(request) : undefined
  if (typeof tool?.['name'] !== 'string') return { kind: 'text', text: echo(request) }
  const args = sampleArguments(tool['parameters'], lastUserText(request))
  return { kind: 'tool-call', name: tool['name'], argumentsText: JSON.stringify(args) }
}
