import type { Dialect } from '../../../src/domain/dialect.ts'
import type { ProviderDefinition } from '../../../src/domain/provider.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { defineProvider } from '../../support/model-gateway.ts'

/** The roots of a server that speaks for every provider. */
export interface ServerRoots {
  readonly origin: string
  /** With `/v1`. */
  readonly url: string
}

/** A result as the provider got it: joined, by the provider's own key, to the call that it answers. */
export interface JoinedResult {
  readonly name: string
  readonly input: unknown
  readonly text: string
}

/** A provider of one dialect, and how to read what reached it. Reading throws where the body is not of the dialect. */
export interface Provider {
  readonly name: string
  readonly dialect: Dialect
  readonly model: string
  define(server: ServerRoots): ProviderDefinition
  readResults(body: JsonObject): readonly JoinedResult[]
  /** What the model thought before, in the provider's own place and form. */
  readThoughts(body: JsonObject): readonly JsonValue[]
  /** What is neither text nor call nor result: pictures and documents. */
  readMedia(body: JsonObject): readonly JsonValue[]
  /** The shape that the answer has to have. */
  readSchema(body: JsonObject): JsonValue | undefined
}

const list = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((item: JsonValue) => isJsonObject(item)) : [])
const member = (value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined => keys.reduce<JsonValue | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value)
const parse = (value: JsonValue | undefined): unknown => (typeof value === 'string' ? (JSON.parse(value) as unknown) : value)
const isString = (value: JsonValue | undefined): value is string => typeof value === 'string'
const word = (value: JsonValue | undefined): string => (isString(value) ? value : `no text but ${JSON.stringify(value)}`)

function textOf(value: JsonValue | undefined): string {
  return isString(value) ? value : list(value).map((part) => (isString(part['text']) ? part['text'] : '')).join('')
}

interface Call {
  readonly key: string
  readonly name: JsonValue | undefined
  readonly input: unknown
}

/** Throws for a result that answers no call. */
function join(calls: readonly Call[], results: readonly { readonly key: string; readonly text: string }[]): readonly JoinedResult[] {
  return results.map(({ key, text }) => {
    const found = calls.filter((call) => call.key === key)
    const [call] = found
    if (!call || found.length > 1) throw new Error(`The result ${key} answers ${found.length} calls.`)
    return { name: word(call.name), input: call.input, text }
  })
}

/** OpenAI refuses a call whose result is not in the messages right behind it. */
function checkChatOrder(messages: readonly JsonObject[]): void {
  for (const [index, message] of messages.entries()) {
    const wanted = list(message['tool_calls']).map(({ id }) => word(id))
    const given = messages.slice(index + 1, index + 1 + wanted.length).map((result) => (result['role'] === 'tool' ? word(result['tool_call_id']) : 'no result'))
    if (wanted.toSorted().join() !== given.toSorted().join()) throw new Error(`The calls ${wanted.join()} are followed by ${given.join()}.`)
  }
}

/** Anthropic refuses a call whose result does not lead the next message, and turns that do not alternate. */
function checkMessagesOrder(messages: readonly JsonObject[]): void {
  for (const [index, message] of messages.entries()) {
    const next = messages[index + 1]
    if (next && next['role'] === message['role']) throw new Error(`Two turns of the ${word(next['role'])} follow each other.`)
    const wanted = list(message['content']).filter(({ type }) => type === 'tool_use').map(({ id }) => word(id))
    const given = list(next?.['content']).slice(0, wanted.length).map((block) => word(block['tool_use_id']))
    if (wanted.toSorted().join() !== given.toSorted().join()) throw new Error(`The calls ${wanted.join()} are followed by ${given.join()}.`)
  }
}

const openaiChat: Provider = {
  name: 'openai-chat',
  dialect: 'openai-chat',
  model: 'some-model',
  define: ({ url }) => defineProvider('openai-chat', url, { kind: 'openai-compatible' }),
  readResults({ messages }) {
    checkChatOrder(list(messages))
    const calls = list(messages).flatMap((message) => list(message['tool_calls']))
    const results = list(messages).filter(({ role }) => role === 'tool')
    return join(calls.map((call) => ({ key: word(call['id']), name: member(call, 'function', 'name'), input: parse(member(call, 'function', 'arguments')) })), results.map((result) => ({ key: word(result['tool_call_id']), text: textOf(result['content']) })))
  },
  readThoughts: ({ messages }) => list(messages).flatMap(({ reasoning_content: thought }) => (thought === undefined ? [] : [thought])),
  readMedia: ({ messages }) => list(messages).flatMap(({ content }) => list(content).filter(({ type }) => type !== 'text')),
  readSchema: (body) => member(body, 'response_format', 'json_schema', 'schema'),
}

const openaiResponses: Provider = {
  name: 'openai-responses',
  dialect: 'openai-responses',
  model: 'gpt-5.2',
  define: ({ url }) => defineProvider('openai-responses', url, { kind: 'openai', dialects: ['openai-responses'] }),
  readResults({ input }) {
    const items = list(input)
    const calls = items.filter(({ type }) => type === 'function_call').map((item) => ({ key: word(item['call_id']), name: item['name'], input: parse(item['arguments']) }))
    return join(calls, items.filter(({ type }) => type === 'function_call_output').map((item) => ({ key: word(item['call_id']), text: textOf(item['output']) })))
  },
  readThoughts: ({ input }) => list(input).filter(({ type }) => type === 'reasoning'),
  readMedia: ({ input }) => list(input).flatMap(({ content }) => list(content).filter(({ type }) => type !== 'input_text' && type !== 'output_text')),
  readSchema: (body) => member(body, 'text', 'format', 'schema'),
}

const contentOf = ({ messages }: JsonObject): readonly JsonObject[] => list(messages).flatMap(({ content }) => list(content))

const anthropicMessages: Provider = {
  name: 'anthropic-messages',
  dialect: 'anthropic-messages',
  model: 'claude-opus-4-5',
  define: ({ url }) => defineProvider('anthropic-messages', url, { kind: 'anthropic' }),
  readResults(body) {
    checkMessagesOrder(list(body['messages']))
    const blocks = contentOf(body)
    const calls = blocks.filter(({ type }) => type === 'tool_use').map((block) => ({ key: word(block['id']), name: block['name'], input: block['input'] }))
    return join(calls, blocks.filter(({ type }) => type === 'tool_result').map((block) => ({ key: word(block['tool_use_id']), text: textOf(block['content']) })))
  },
  readThoughts: (body) => contentOf(body).filter(({ type }) => type === 'thinking' || type === 'redacted_thinking'),
  readMedia: (body) => contentOf(body).filter(({ type }) => type === 'image' || type === 'document'),
  readSchema: (body) => member(body, 'output_config', 'format', 'schema'),
}

const partsOf = ({ contents }: JsonObject): readonly JsonObject[] => list(contents).flatMap(({ parts }) => list(parts))

const google: Provider = {
  name: 'google-generate-content',
  dialect: 'google-generate-content',
  model: 'gemini-3.5-flash',
  define: ({ origin }) => defineProvider('google-generate-content', `${origin}/v1beta`, { kind: 'google' }),
  readResults(body) {
    const parts = partsOf(body)
    const calls = parts.flatMap(({ functionCall: call }) => (isJsonObject(call) ? [{ key: word(call['id']), name: call['name'], input: call['args'] }] : []))
    return join(calls, parts.flatMap(({ functionResponse: result }) => (isJsonObject(result) ? [{ key: word(result['id']), text: textOf(member(result, 'response', 'output') ?? member(result, 'response', 'content') ?? member(result, 'response', 'error')) }] : [])))
  },
  readThoughts: (body) => partsOf(body).filter(({ thought, thoughtSignature }) => thought === true || thoughtSignature !== undefined),
  readMedia: (body) => partsOf(body).filter(({ inlineData, fileData }) => inlineData !== undefined || fileData !== undefined),
  readSchema: (body) => member(body, 'generationConfig', 'responseJsonSchema') ?? member(body, 'generationConfig', 'responseSchema'),
}

/** It has no ids: results follow their calls in their order, under the name of the tool. */
const ollama: Provider = {
  name: 'ollama-chat',
  dialect: 'ollama-chat',
  model: 'qwen3',
  define: ({ origin }) => defineProvider('ollama-chat', origin, { kind: 'ollama' }),
  readResults({ messages }) {
    const calls = list(messages).flatMap((message) => list(message['tool_calls'])).map((call) => ({ name: member(call, 'function', 'name'), input: member(call, 'function', 'arguments') }))
    return list(messages).filter(({ role }) => role === 'tool').map((result, index) => {
      const call = calls[index]
      if (call?.name !== result['tool_name']) throw new Error(`The result ${index} of ${word(result['tool_name'])} follows a call of ${word(call?.name)}.`)
      return { name: word(call?.name), input: call?.input, text: textOf(result['content']) }
    })
  },
  readThoughts: ({ messages }) => list(messages).flatMap(({ thinking }) => (thinking === undefined ? [] : [thinking])),
  readMedia: ({ messages }) => list(messages).flatMap(({ images }) => (Array.isArray(images) ? images : [])),
  readSchema: ({ format }) => format,
}

/** One provider of every dialect. */
export const PROVIDERS: readonly Provider[] = [openaiChat, openaiResponses, anthropicMessages, google, ollama]
