import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { AnswerFormat, CanonicalRequest, Message, ReasoningWish, TextBlock } from '../canonical/request.ts'
import { refuseField } from '../refuse-field.ts'
import { decodeItems, splitSystem } from './request.items.ts'
import { decodeChoice, readItemTools, readTools, type ReadTools } from './request.tools.ts'
import { echoRequest } from './response.body.ts'

/** To leave these out would change what is answered, or where it goes. */
const REFUSED: Readonly<Record<string, string>> = {
  conversation: 'the conversation is stored elsewhere',
  prompt: 'the prompt is stored elsewhere',
  previous_response_id: 'the response is stored elsewhere',
}

/** Values that say what would be so anyway; they are nobody's loss. */
const DEFAULTS: JsonObject = { service_tier: 'auto', truncation: 'disabled', background: false, top_logprobs: 0 }

function refuseWhatCannotBe(body: JsonObject): void {
  for (const [key, reason] of Object.entries(REFUSED)) if (body[key] !== undefined && body[key] !== null) refuseField(`/${key}`, reason)
  if (body['background'] === true) refuseField('/background', 'the provider answers while its client waits')
  const { top_logprobs: logprobs, include } = body
  const wantsLogprobs = Array.isArray(include) && include.includes('message.output_text.logprobs')
  if (wantsLogprobs || (typeof logprobs === 'number' && logprobs > 0)) refuseField(wantsLogprobs ? '/include' : '/top_logprobs', 'its probabilities could not be brought back')
}

/** What a summary and a context are by default needs no word. */
function decodeReasoning(fields: Fields | undefined): ReasoningWish | undefined {
  const effort = fields?.string('effort')
  const summary = fields?.peek('summary')
  for (const key of ['summary', 'generate_summary', 'context']) if (fields?.peek(key) === 'auto') fields.get(key)
  if (!fields || effort === undefined) return undefined
  const shown = typeof summary === 'string' ? { isShown: true } : {}
  return { path: fields.path, effort, amountPath: `${fields.path}/effort`, ...shown, ...(effort === 'none' ? { isOff: true as const } : {}) }
}

function decodeFormat(value: JsonObject | undefined): AnswerFormat | undefined {
  const path = '/text/format'
  const { type, name, schema, strict, ...extras } = value ?? {}
  const sourced = Object.keys(extras).length > 0 ? { path, extras } : { path }
  if (type === 'json_object') return { kind: 'json-object', ...sourced }
  if (type !== 'json_schema' || !isJsonObject(schema)) return undefined
  return { kind: 'json-schema', ...sourced, name: typeof name === 'string' ? name : undefined, schema, strict: typeof strict === 'boolean' ? strict : undefined }
}

function withoutDefaults(extras: JsonObject | undefined): JsonObject {
  return Object.fromEntries(Object.entries(extras ?? {}).filter(([key, value]) => value !== null && value !== DEFAULTS[key]))
}

/** Sealed thoughts come unasked; anything else that is to be included is a wish that can be lost. */
function readInclude(fields: Fields, include: JsonValue | undefined): void {
  if (!Array.isArray(include) || include.every((wish: JsonValue) => wish === 'reasoning.encrypted_content')) fields.get('include')
}

/** The plain format says nothing, and neither does the usual verbosity. */
function readText(fields: Fields): AnswerFormat | undefined {
  const text = fields.within('text')
  if (text?.peek('verbosity') === 'medium') text.get('verbosity')
  const value = text?.peek('format')
  const format = isJsonObject(value) ? decodeFormat(value) : undefined
  const isPlain = isJsonObject(value) && value['type'] === 'text' && Object.keys(value).length === 1
  if (format || isPlain) text?.get('format')
  return format
}

interface Said {
  readonly system: readonly TextBlock[]
  readonly messages: readonly Message[]
}

function readInput(fields: Fields, found: ReadTools): Said {
  const input = fields.get('input')
  if (typeof input === 'string') return { system: [], messages: [{ role: 'user', blocks: [{ type: 'text', text: input, path: '/input' }], path: '/input' }] }
  if (!Array.isArray(input)) throw new GatewayError('invalid_request', 'Expected `input` to be a text or a list.')
  const items: readonly JsonValue[] = input
  const ofTools = readItemTools(items, '/input', found)
  const { system, rest } = splitSystem(decodeItems(items, '/input'))
  return { system, messages: [...ofTools, ...rest] }
}

function readInstructions(fields: Fields): readonly TextBlock[] {
  const value = fields.get('instructions') ?? null
  if (value === null) return []
  if (typeof value !== 'string') throw new GatewayError('invalid_request', 'Expected `instructions` to be a text.')
  return [{ type: 'text', text: value, path: '/instructions' }]
}

/** Reads a Responses request. What was stored by the gateway has been put in its place before. */
export function decodeRequest(body: JsonObject): CanonicalRequest {
  refuseWhatCannotBe(body)
  const fields = new Fields(body, '')
  const instructions = readInstructions(fields)
  const found: ReadTools = { tools: [], nativeTools: [] }
  readTools(fields.get('tools'), '/tools', found)
  const { system, messages } = readInput(fields, found)
  const toolChoice = decodeChoice(fields, found)
  const identifier = fields.string('safety_identifier')
  const endUser = identifier ?? fields.string('user')
  readInclude(fields, body['include'])
  const format = readText(fields)
  const reasoning = decodeReasoning(fields.within('reasoning'))
  // The gateway stores responses itself, and hides nothing in the length of events.
  fields.get('store')
  fields.within('stream_options')?.get('include_obfuscation')
  const known = {
    model: fields.string('model') ?? '',
    parallelToolCalls: fields.boolean('parallel_tool_calls'),
    stream: fields.boolean('stream') ?? false,
    maxOutputTokens: fields.number('max_output_tokens'),
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    endUser,
    ...(identifier === undefined ? { paths: { endUser: '/user' } } : {}),
  }
  return {
    dialect: 'openai-responses',
    ...known,
    system: [...instructions, ...system],
    messages,
    tools: found.tools,
    nativeTools: found.nativeTools,
    toolChoice,
    choices: 1,
    topK: undefined,
    seed: undefined,
    frequencyPenalty: undefined,
    presencePenalty: undefined,
    stop: [],
    reasoning,
    format,
    extras: withoutDefaults(fields.extras),
    ...(fields.inner ? { inner: fields.inner } : {}),
    echo: echoRequest(body),
  }
}
