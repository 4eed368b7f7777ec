import type { SseEvent } from '../../../src/dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { at, check, read, word } from './grammar-terms.ts'
import type { DialectGrid } from './grid.ts'

interface Item {
  /** `refusal` for a message whose part is one. */
  type: string
  readonly id: string
  state: 'added' | 'part' | 'part-done' | 'said' | 'done'
  text: string
  steps: number
  annotations: number
}

const STEPS = ['response.web_search_call.in_progress', 'response.web_search_call.searching', 'response.web_search_call.completed']

/** What may be said inside an item, by its type. */
const PARTS: Readonly<Record<string, { readonly added?: string; readonly delta: string; readonly said: string; readonly ended?: string; readonly member: string }>> = {
  message: { added: 'response.content_part.added', delta: 'response.output_text.delta', said: 'response.output_text.done', ended: 'response.content_part.done', member: 'text' },
  refusal: { added: 'response.content_part.added', delta: 'response.refusal.delta', said: 'response.refusal.done', ended: 'response.content_part.done', member: 'refusal' },
  reasoning: { added: 'response.reasoning_summary_part.added', delta: 'response.reasoning_summary_text.delta', said: 'response.reasoning_summary_text.done', ended: 'response.reasoning_summary_part.done', member: 'text' },
  function_call: { delta: 'response.function_call_arguments.delta', said: 'response.function_call_arguments.done', member: 'arguments' },
  custom_tool_call: { delta: 'response.custom_tool_call_input.delta', said: 'response.custom_tool_call_input.done', member: 'input' },
}

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry) => isJsonObject(entry)) : [])

function checkInside(item: Item, type: string, value: JsonObject): void {
  if (type === PARTS['message']?.added && at(value, 'part')['type'] === 'refusal') item.type = 'refusal'
  if (item.type === 'web_search_call') {
    check(STEPS[item.steps++] === type, `${type} of a search after ${item.steps} steps`)
    return
  }
  if (type === 'response.output_text.annotation.added') {
    check(item.state === 'part' && value['annotation_index'] === item.annotations++, 'an annotation is for the open text, and numbered')
    return
  }
  const part = PARTS[item.type]
  check(part !== undefined && value['item_id'] === item.id, `${type} belongs to item ${item.id}`)
  if (!part) return
  const opened = part.added === undefined ? 'added' : 'part'
  switch (type) {
    case part.added:
      check(item.state === 'added', 'a part is added once')
      item.state = 'part'
      break
    case part.delta:
      check(item.state === opened, `a delta in a ${item.type} that is ${item.state}`)
      check(word(value['delta']) !== '', 'a delta says something')
      item.text += word(value['delta'])
      break
    case part.said: {
      check(item.state === opened, 'all is said once')
      const whole = word(value[part.member])
      check(whole === item.text || (item.text.trim() === '' && whole === '{}'), 'what is done is what was said')
      item.state = part.ended === undefined ? 'part-done' : 'said'
      break
    }
    case part.ended:
      check(item.state === 'said', 'a part ends after its text')
      item.state = 'part-done'
      break
    default:
      check(false, `${type} in a ${item.type}`)
  }
}

function checkLast(value: JsonObject, type: string, items: ReadonlyMap<number, JsonObject>, id: JsonValue | undefined): void {
  const response = at(value, 'response')
  check(response['status'] === type.slice('response.'.length), 'the status is the event’s')
  check(response['id'] === id && response['object'] === 'response', 'it is still the same response')
  check((response['incomplete_details'] !== null) === (type === 'response.incomplete'), 'a reason for what is incomplete')
  const output = listOf(response['output'])
  check(JSON.stringify(output) === JSON.stringify([...items.values()]), 'the whole output is all the items')
  check(Array.isArray(response['tools']) && response['error'] === null, 'the response is whole')
}

/** Throws unless the events are one whole stream of a response. */
export function checkResponsesGrammar(events: readonly SseEvent[]): void {
  const open = new Map<number, Item>()
  const done = new Map<number, JsonObject>()
  let state: 'start' | 'created' | 'running' | 'done' = 'start'
  let added = 0
  let id: JsonValue | undefined
  for (const [number, event] of events.entries()) {
    const value = read(event)
    const type = word(value['type'])
    check(event.event === type, `event name ${event.event} of a ${type}`)
    check(value['sequence_number'] === number, `event ${number} has number ${word(value['sequence_number'])}`)
    check(state !== 'done', 'nothing follows the end')
    const index = Number(value['output_index'])
    if (type === 'response.created') {
      check(state === 'start', 'created comes first')
      id = at(value, 'response')['id']
      state = 'created'
    } else if (type === 'response.in_progress') {
      check(state === 'created' && at(value, 'response')['id'] === id, 'in_progress follows')
      state = 'running'
    } else if (type === 'response.output_item.added') {
      check(state === 'running' && index === added++, 'items are numbered densely')
      const item = at(value, 'item')
      open.set(index, { type: word(item['type']), id: word(item['id']), state: 'added', text: '', steps: 0, annotations: 0 })
    } else if (type === 'response.output_item.done') {
      const item = open.get(index)
      check(item !== undefined && item.id === at(value, 'item')['id'], 'an item that was added is done')
      check(item?.state === 'part-done' || (item?.state === 'added' && (item.type === 'reasoning' || (item.type === 'web_search_call' && item.steps >= 2))), `item ${index} is done while ${item?.state}`)
      open.delete(index)
      done.set(index, at(value, 'item'))
    } else if (type === 'response.completed' || type === 'response.incomplete') {
      check(state === 'running' && open.size === 0, 'every item is done before the end')
      checkLast(value, type, new Map([...done].toSorted(([a], [b]) => a - b)), id)
      state = 'done'
    } else {
      const item = open.get(index)
      check(item !== undefined, `${type} for item ${index}`)
      if (item) checkInside(item, type, value)
    }
  }
  check(state === 'done', `the end is missing (${state})`)
}

export const openaiResponsesGrid: DialectGrid = {
  dialect: 'openai-responses',
  hasClients: true,
  faithful: ['images', 'file', 'json-schema', 'tool-loop', 'refused-nothing'],
  checkGrammar: checkResponsesGrammar,
  isFinish: ({ data }) => /"type": ?"response\.(?:completed|incomplete)"/.test(data),
}
