import { writeSseEvent } from '../../../dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../../lib/json.ts'
import type { DemoAnswer } from './answer.ts'

export interface DemoIdentity {
  readonly id: string
  readonly model: string
  readonly created: number
}

/** About four characters make a token; a demo needs no better. */
const countTokens = (text: string): number => Math.ceil(text.length / 4)

function usageOf(prompt: string, answer: DemoAnswer): JsonObject {
  const input = countTokens(prompt)
  const output = countTokens(answer.kind === 'text' ? answer.text : answer.argumentsText)
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}

const toolCall = (identity: DemoIdentity, answer: DemoAnswer & { readonly kind: 'tool-call' }, argumentsText: string): JsonObject => ({
  id: `call_${identity.id.slice(-24)}`,
  type: 'function',
  function: { name: answer.name, arguments: argumentsText },
})

const finishReason = (answer: DemoAnswer): string => (answer.kind === 'text' ? 'stop' : 'tool_calls')

export function writeWhole(identity: DemoIdentity, prompt: string, answer: DemoAnswer): string {
  const message: JsonObject =
    answer.kind === 'text'
      ? { role: 'assistant', content: answer.text }
      : { role: 'assistant', content: null, tool_calls: [toolCall(identity, answer, answer.argumentsText)] }
  return JSON.stringify({
    id: identity.id,
    object: 'chat.completion',
    created: identity.created,
    model: identity.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer) }],
    usage: usageOf(prompt, answer),
  })
}

/** Words with the space before them, so that the pieces join to the text. */
const splitText = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/g) ?? []

const splitEvery = (text: string, size: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size))

function deltas(identity: DemoIdentity, answer: DemoAnswer): readonly JsonObject[] {
  if (answer.kind === 'text') {
    return [{ role: 'assistant', content: '' }, ...splitText(answer.text).map((content) => ({ content }))]
  }
  const first = { role: 'assistant', content: null, tool_calls: [{ index: 0, ...toolCall(identity, answer, '') }] }
  const rest = splitEvery(answer.argumentsText, 16).map((text) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] }))
  return [first, ...rest]
}

/** The events of a streamed answer, one write each. */
export function writeStream(identity: DemoIdentity, prompt: string, answer: DemoAnswer, request: JsonObject): readonly string[] {
  const options = request['stream_options']
  const includeUsage = isJsonObject(options) && options['include_usage'] === true
  const chunk = (choices: readonly JsonObject[], usage: JsonObject | null): string =>
    writeSseEvent({
      event: undefined,
      data: JSON.stringify({
        id: identity.id,
        object: 'chat.completion.chunk',
        created: identity.created,
        model: identity.model,
        choices,
        ...(includeUsage ? { usage } : {}),
      }),
    })
  return [
    ...deltas(identity, answer).map((delta) => chunk([{ index: 0, delta, finish_reason: null }], null)),
    chunk([{ index: 0, delta: {}, finish_reason: finishReason(answer) }], null),
    ...(includeUsage ? [chunk([], usageOf(prompt, answer))] : []),
    writeSseEvent({ event: undefined, data: '[DONE]' }),
  ]
}
