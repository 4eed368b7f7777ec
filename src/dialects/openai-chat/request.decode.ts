import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { createCallNumbers } from '../canonical/call-numbers.ts'
import { Fields } from '../canonical/fields.ts'
import type { AnswerFormat, CanonicalRequest, Message, TextBlock } from '../canonical/request.ts'
import { decodeMessage } from './request.messages.ts'
import { decodeTools } from './request.tools.ts'

function decodeFormat(value: JsonObject | undefined): AnswerFormat | undefined {
  const path = '/response_format'
  const { type: _type, json_schema: _schema, ...outer } = value ?? {}
  const sourced = (extras: JsonObject): { readonly path: string; readonly extras?: JsonObject } => (Object.keys(extras).length > 0 ? { path, extras } : { path })
  if (value?.['type'] === 'json_object') return { kind: 'json-object', ...sourced(outer) }
  const wanted = value?.['json_schema']
  if (value?.['type'] !== 'json_schema' || !isJsonObject(wanted) || !isJsonObject(wanted['schema'])) return undefined
  const { name, schema, strict, ...inner } = wanted
  return { kind: 'json-schema', ...sourced(outer), ...(Object.keys(inner).length > 0 ? { inner: { json_schema: inner } } : {}), schemaPath: `${path}/json_schema`, name: typeof name === 'string' ? name : undefined, schema, strict: typeof strict === 'boolean' ? strict : undefined }
}

function decodeStop(value: JsonValue | undefined): readonly string[] {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return list.filter((entry) => typeof entry === 'string')
}

/** What the message had besides goes with its first text, so that it is not forgotten. */
function readInstructions({ blocks, extras }: Message): readonly TextBlock[] {
  return blocks.map((block, index) => {
    if (block.type !== 'text') throw new GatewayError('invalid_request', `Expected \`${block.path}\` to be text.`)
    return index === 0 && extras ? { ...block, extras: { ...block.extras, ...extras } } : block
  })
}

/** The instructions that lead a conversation; those in the middle of it are messages. */
function splitSystem(messages: readonly Message[]): { readonly system: readonly TextBlock[]; readonly rest: readonly Message[] } {
  const first = messages.findIndex(({ role }) => role !== 'system')
  const leading = first < 0 ? messages : messages.slice(0, first)
  return { system: leading.flatMap(readInstructions), rest: first < 0 ? [] : messages.slice(first) }
}

/** Values that say what would be so anyway; they are nobody's loss. */
const DEFAULTS: JsonObject = { store: false, logprobs: false, service_tier: 'auto', frequency_penalty: 0, presence_penalty: 0, verbosity: 'medium' }

function withoutDefaults(extras: JsonObject | undefined): JsonObject {
  const said = Object.entries(extras ?? {}).filter(([key, value]) => value !== null && value !== DEFAULTS[key] && JSON.stringify(value) !== '["text"]')
  return Object.fromEntries(said)
}

/** Reads a Chat Completions request. */
export function decodeRequest(body: JsonObject): CanonicalRequest {
  const fields = new Fields(body, '')
  const list = fields.list('messages')
  if (!list) throw new GatewayError('invalid_request', 'Expected `messages` to be a list.')
  const numbers = createCallNumbers()
  const { system, rest } = splitSystem(list.map((message, index) => decodeMessage(message, `/messages/${index}`, numbers)))
  const effort = fields.string('reasoning_effort')
  const newMax = fields.number('max_completion_tokens')
  const legacyMax = fields.number('max_tokens')
  const identifier = fields.string('safety_identifier')
  const endUser = identifier ?? fields.string('user')
  const format = fields.object('response_format')
  // Read so that they are no extras: the gateway has its own say on usage.
  fields.get('stream_options')
  return {
    dialect: 'openai-chat',
    model: fields.string('model') ?? '',
    system,
    messages: rest,
    ...decodeTools(fields),
    parallelToolCalls: fields.boolean('parallel_tool_calls'),
    stream: fields.boolean('stream') ?? false,
    choices: fields.number('n') ?? 1,
    maxOutputTokens: newMax ?? legacyMax,
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    topK: fields.number('top_k'),
    seed: fields.number('seed'),
    frequencyPenalty: fields.number('frequency_penalty'),
    presencePenalty: fields.number('presence_penalty'),
    stop: decodeStop(fields.get('stop')),
    reasoning: effort === undefined ? undefined : { path: '/reasoning_effort', effort, ...(effort === 'none' ? { isOff: true } : {}) },
    format: decodeFormat(format),
    endUser,
    paths: { ...(identifier === undefined ? { endUser: '/user' } : {}), ...(newMax === undefined ? { maxOutputTokens: '/max_tokens' } : {}) },
    extras: withoutDefaults(fields.extras),
    ...(fields.inner ? { inner: fields.inner } : {}),
  }
}
