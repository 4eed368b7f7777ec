import OpenAI from 'openai'
import type { Answer, Media, Place, Question, Turn } from './conversation.ts'
import { readOpenaiFailure } from './read-openai-failure.ts'
import { CLIENT_KEY, type SdkClient } from './sdk-client.ts'

type Param = OpenAI.ChatCompletionMessageParam

const open = ({ origin }: Place): OpenAI => new OpenAI({ baseURL: `${origin}/v1`, apiKey: CLIENT_KEY, maxRetries: 0 })

function writeMedia({ mediaType, base64 }: Media): OpenAI.ChatCompletionContentPart {
  const url = `data:${mediaType};base64,${base64}`
  return mediaType === 'image/png' ? { type: 'image_url', image_url: { url } } : { type: 'file', file: { filename: 'paper.pdf', file_data: url } }
}

function writeTurn(turn: Turn): readonly Param[] {
  if (turn.kind === 'answer') return [turn.answer.native as Param]
  if (turn.kind === 'results') return turn.results.map(({ call, text }) => ({ role: 'tool', tool_call_id: call.id, content: text }))
  return [{ role: 'user', content: turn.media ? [{ type: 'text', text: turn.text }, ...turn.media.map(writeMedia)] : turn.text }]
}

function writeParams({ model }: Place, { turns, tools, thinks, schema }: Question): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: turns.flatMap(writeTurn),
    ...(tools ? { tools: tools.map(({ name, schema: parameters }) => ({ type: 'function', function: { name, parameters: { ...parameters } } })) } : {}),
    ...(thinks ? { reasoning_effort: 'medium' } : {}),
    ...(schema ? { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { ...schema } } } } : {}),
  }
}

function readAnswer({ choices, usage }: OpenAI.ChatCompletion): Answer {
  const [choice] = choices
  if (!choice) throw new Error('An answer has a choice.')
  const message = choice.message as OpenAI.ChatCompletionMessage & { readonly reasoning_content?: string }
  const calls = (message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [{ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }] : []))
  return { text: message.content ?? '', reasoning: message.reasoning_content ?? '', calls, finish: choice.finish_reason, inputTokens: usage?.prompt_tokens, outputTokens: usage?.completion_tokens, native: message }
}

export const openaiChatClient: SdkClient = {
  name: 'openai chat',
  dialect: 'openai-chat',
  model: 'gpt-5.2',
  whole: async (place, question) => readAnswer(await open(place).chat.completions.create(writeParams(place, question), { signal: question.signal })),
  async stream(place, question, onText) {
    const stream = open(place).chat.completions.stream({ ...writeParams(place, question), stream: true, stream_options: { include_usage: true } }, { signal: question.signal })
    if (onText) stream.once('content', onText)
    return readAnswer(await stream.finalChatCompletion())
  },
  readFailure: readOpenaiFailure,
}
