import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** An event of a stream before it has its number. */
export interface ItemEvent {
  readonly type: string
  readonly fields: JsonObject
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])
const event = (type: string, fields: JsonObject): ItemEvent => ({ type, fields })

/** How a text comes: what there is of it at once, then all of it; an empty one has only an end. */
function sayText(name: string, place: JsonObject, member: string, text: string, more: JsonObject = {}): readonly ItemEvent[] {
  const delta = text === '' ? [] : [event(`response.${name}.delta`, { ...place, delta: text })]
  return [...delta, event(`response.${name}.done`, { ...place, ...more, [member]: text })]
}

function sayPart(part: JsonObject, place: JsonObject): readonly ItemEvent[] {
  const { type } = part
  const whole = (empty: JsonObject, between: readonly ItemEvent[]): readonly ItemEvent[] => [
    event('response.content_part.added', { ...place, part: { ...part, ...empty } }),
    ...between,
    event('response.content_part.done', { ...place, part }),
  ]
  if (type === 'refusal') return whole({ refusal: '' }, sayText('refusal', place, 'refusal', textOf(part['refusal'])))
  if (type === 'reasoning_text') return whole({ text: '' }, sayText('reasoning_text', place, 'text', textOf(part['text'])))
  if (type !== 'output_text') return whole({}, [])
  const text = textOf(part['text'])
  const said = text === '' ? [] : [event('response.output_text.delta', { ...place, delta: text, logprobs: [] })]
  const cited = listOf(part['annotations']).map((annotation, number) => event('response.output_text.annotation.added', { ...place, annotation_index: number, annotation }))
  return whole({ text: '', annotations: [] }, [...said, ...cited, event('response.output_text.done', { ...place, text, logprobs: [] })])
}

const sayParts = (parts: readonly JsonObject[], place: JsonObject): readonly ItemEvent[] => parts.flatMap((part, number) => sayPart(part, { ...place, content_index: number }))

function saySummary(parts: readonly JsonObject[], place: JsonObject): readonly ItemEvent[] {
  return parts.flatMap((part, number) => {
    const at = { ...place, summary_index: number }
    return [
      event('response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } }),
      ...sayText('reasoning_summary_text', at, 'text', textOf(part['text'])),
      event('response.reasoning_summary_part.done', { ...at, part }),
    ]
  })
}

/** A call of a server's tool: it begins, its arguments come, and it ends in one of two ways. One that has not ended says nothing of its end. */
function sayServerCall({ arguments: written, status }: JsonObject, place: JsonObject): readonly ItemEvent[] {
  const ended = status === 'completed' || status === 'failed' ? [event(`response.mcp_call.${status}`, place)] : []
  return [event('response.mcp_call.in_progress', place), ...sayText('mcp_call_arguments', place, 'arguments', textOf(written)), ...ended]
}

function sayProgram({ code, status }: JsonObject, place: JsonObject): readonly ItemEvent[] {
  const step = (name: string): ItemEvent => event(`response.code_interpreter_call.${name}`, place)
  const ended = status === 'completed' ? [step('completed')] : []
  return [step('in_progress'), ...sayText('code_interpreter_call_code', place, 'code', textOf(code)), step('interpreting'), ...ended]
}

interface Told {
  /** What of the item is different while it is not there yet. */
  readonly begun: JsonObject
  readonly between: readonly ItemEvent[]
}

const steps = (kind: string, place: JsonObject, names: readonly string[]): readonly ItemEvent[] => names.map((name) => event(`response.${kind}.${name}`, place))

function tellItem(item: JsonObject, place: JsonObject): Told {
  const { type, status } = item
  const running: JsonObject = status === undefined ? {} : { status: 'in_progress' }
  switch (type) {
    case 'message':
      return { begun: { ...running, content: [] }, between: sayParts(listOf(item['content']), place) }
    case 'reasoning': {
      const begun = { ...running, summary: [], ...(Array.isArray(item['content']) ? { content: [] } : {}) }
      return { begun, between: [...saySummary(listOf(item['summary']), place), ...sayParts(listOf(item['content']), place)] }
    }
    case 'function_call':
      return { begun: { ...running, arguments: '' }, between: sayText('function_call_arguments', place, 'arguments', textOf(item['arguments']), { name: item['name'] ?? '' }) }
    case 'custom_tool_call':
      return { begun: { ...running, input: '' }, between: sayText('custom_tool_call_input', place, 'input', textOf(item['input'])) }
    case 'web_search_call':
    case 'file_search_call':
    case 'image_generation_call':
      return { begun: { ...running, ...(item['result'] === undefined ? {} : { result: null }) }, between: steps(type, place, ['in_progress', type === 'image_generation_call' ? 'generating' : 'searching', ...(status === 'completed' ? ['completed'] : [])]) }
    case 'code_interpreter_call':
      return { begun: { ...running, code: '' }, between: sayProgram(item, place) }
    case 'mcp_call':
      return { begun: { ...running, arguments: '', output: null, error: null }, between: sayServerCall(item, place) }
    case 'mcp_list_tools':
      return { begun: { tools: [] }, between: steps('mcp_list_tools', place, ['in_progress', item['error'] === undefined || item['error'] === null ? 'completed' : 'failed']) }
    default:
      return { begun: {}, between: [] }
  }
}

/**
 * All events of one item of which everything is known: as if it came in one piece.
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export function itemEvents(item: JsonObject, outputIndex: number): readonly ItemEvent[] {
  const { begun, between } = tellItem(item, { item_id: item['id'] ?? '', output_index: outputIndex })
  return [
    event('response.output_item.added', { output_index: outputIndex, item: { ...item, ...begun } }),
    ...between,
    event('response.output_item.done', { output_index: outputIndex, item }),
  ]
}
