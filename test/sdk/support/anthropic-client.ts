import Anthropic from '@anthropic-ai/sdk'
import type { Answer, Failure, Media, Place, Question, Turn } from './conversation.ts'
import { CLIENT_KEY, type SdkClient } from './sdk-client.ts'

const open = ({ origin }: Place): Anthropic => new Anthropic({ baseURL: origin, apiKey: CLIENT_KEY, maxRetries: 0 })

function writeMedia({ mediaType, base64: data }: Media): Anthropic.ContentBlockParam {
  return mediaType === 'image/png' ? { type: 'image', source: { type: 'base64', media_type: mediaType, data } } : { type: 'document', source: { type: 'base64', media_type: mediaType, data } }
}

function writeTurn(turn: Turn): Anthropic.MessageParam {
  if (turn.kind === 'answer') return { role: 'assistant', content: turn.answer.native as Anthropic.ContentBlockParam[] }
  if (turn.kind === 'results') return { role: 'user', content: turn.results.map(({ call, text }) => ({ type: 'tool_result', tool_use_id: call.id, content: text })) }
  return { role: 'user', content: turn.media ? [{ type: 'text', text: turn.text }, ...turn.media.map(writeMedia)] : turn.text }
}

function writeParams({ model }: Place, { turns, tools, thinks, schema }: Question): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: 4_000,
    messages: turns.map(writeTurn),
    ...(tools ? { tools: tools.map(({ name, schema: input_schema }) => ({ name, input_schema: { ...input_schema, type: 'object' } })) } : {}),
    ...(thinks ? { thinking: { type: 'enabled', budget_tokens: 2_000 } } : {}),
    ...(schema ? { output_config: { format: { type: 'json_schema', schema: { ...schema } } } } : {}),
  }
}

function readAnswer({ content, stop_reason: finish, usage }: Anthropic.Message): Answer {
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('')
  const reasoning = content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('')
  const calls = content.flatMap((block) => (block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : []))
  return { text, reasoning, calls, finish: finish ?? '', inputTokens: usage.input_tokens, outputTokens: usage.output_tokens, native: content }
}

function readFailure(error: unknown): Failure {
  if (!(error instanceof Anthropic.APIError)) throw error
  const { constructor, message } = error
  const status: unknown = error.status
  return { kind: constructor.name, status: typeof status === 'number' ? status : undefined, message, retryAfter: error.headers?.get('retry-after') ?? undefined }
}

export const anthropicClient: SdkClient = {
  name: 'anthropic',
  dialect: 'anthropic-messages',
  model: 'claude-opus-4-5',
  whole: async (place, question) => readAnswer(await open(place).messages.create(writeParams(place, question), { signal: question.signal })),
  async stream(place, question, onText) {
    const stream = open(place).messages.stream(writeParams(place, question), { signal: question.signal })
    if (onText) stream.once('text', onText)
    return readAnswer(await stream.finalMessage())
  },
  readFailure,
}
