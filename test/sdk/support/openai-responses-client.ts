import OpenAI from 'openai'
import type { Answer, Media, Place, Question, Turn } from './conversation.ts'
import { readOpenaiFailure } from './read-openai-failure.ts'
import { CLIENT_KEY, type SdkClient } from './sdk-client.ts'

type Item = OpenAI.Responses.ResponseInputItem

const open = ({ origin }: Place): OpenAI => new OpenAI({ baseURL: `${origin}/v1`, apiKey: CLIENT_KEY, maxRetries: 0 })

function writeMedia({ mediaType, base64 }: Media): OpenAI.Responses.ResponseInputContent {
  const url = `data:${mediaType};base64,${base64}`
  return mediaType === 'image/png' ? { type: 'input_image', image_url: url, detail: 'auto' } : { type: 'input_file', filename: 'paper.pdf', file_data: url }
}

function writeTurn(turn: Turn): readonly Item[] {
  if (turn.kind === 'answer') return turn.answer.native as Item[]
  if (turn.kind === 'results') return turn.results.map(({ call, text }) => ({ type: 'function_call_output', call_id: call.id, output: text }))
  return [{ role: 'user', content: turn.media ? [{ type: 'input_text', text: turn.text }, ...turn.media.map(writeMedia)] : turn.text }]
}

function writeParams({ model }: Place, { turns, tools, thinks, schema }: Question): OpenAI.Responses.ResponseCreateParamsNonStreaming {
  return {
    model,
    store: false,
    input: turns.flatMap(writeTurn),
    ...(tools ? { tools: tools.map(({ name, schema: parameters }) => ({ type: 'function', name, parameters: { ...parameters }, strict: false })) } : {}),
    ...(thinks ? { reasoning: { effort: 'medium', summary: 'auto' }, include: ['reasoning.encrypted_content'] } : {}),
    ...(schema ? { text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: { ...schema } } } } : {}),
  }
}

/** This SDK does not throw for it: the accumulated response says that it failed. */
class FailedResponse extends Error {}

function readAnswer(response: OpenAI.Responses.Response): Answer {
  if (response.status === 'failed') throw new FailedResponse(response.error?.message ?? 'It does not say why.')
  const { output, status, usage } = response
  const reasoning = output.flatMap((item) => (item.type === 'reasoning' ? [...item.summary, ...(item.content ?? [])].map(({ text }) => text) : [])).join('')
  const calls = output.flatMap((item) => (item.type === 'function_call' ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }] : []))
  return { text: response.output_text, reasoning, calls, finish: status ?? '', inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens, native: output }
}

export const openaiResponsesClient: SdkClient = {
  name: 'openai responses',
  dialect: 'openai-responses',
  model: 'gpt-5.2',
  whole: async (place, question) => readAnswer(await open(place).responses.create(writeParams(place, question), { signal: question.signal })),
  async stream(place, question, onText) {
    const stream = open(place).responses.stream({ ...writeParams(place, question), stream: true }, { signal: question.signal })
    if (onText) stream.once('response.output_text.delta', onText)
    return readAnswer(await stream.finalResponse())
  },
  readFailure: (error) => (error instanceof FailedResponse ? { kind: 'response.failed', status: undefined, message: error.message, retryAfter: undefined } : readOpenaiFailure(error)),
}
