import { findCodec, findTurns, type CanonicalRequest, type DialectCodec, type DialectTurns, type Message, type SealCarrier, type ToolCallBlock, type ToolDefinition, type ToolResultBlock } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** A run stays in the client's dialect: seals are what the client would have seen, and go back as they are. */
export const VERBATIM: SealCarrier = { wrap: (payload) => payload, open: (envelope) => envelope, openText: () => undefined }

export interface RunDialect {
  readonly codec: DialectCodec
  readonly turns: DialectTurns
}

export function runDialect(dialect: Dialect): RunDialect {
  const codec = findCodec(dialect)
  const turns = findTurns(dialect)
  if (!codec || !turns) throw new GatewayError('invalid_request', `Tools of the gateway cannot be used in \`${dialect}\`.`)
  return { codec, turns }
}

const NOTHING = {
  system: [],
  nativeTools: [],
  toolChoice: undefined,
  parallelToolCalls: undefined,
  stream: false,
  choices: 1,
  maxOutputTokens: undefined,
  temperature: undefined,
  topP: undefined,
  topK: undefined,
  seed: undefined,
  frequencyPenalty: undefined,
  presencePenalty: undefined,
  stop: [],
  reasoning: undefined,
  format: undefined,
  endUser: undefined,
  extras: {},
} as const

function encode({ codec }: RunDialect, model: string, messages: readonly Message[], tools: readonly ToolDefinition[]): JsonObject {
  const request: CanonicalRequest = { ...NOTHING, dialect: codec.dialect, model, messages, tools }
  return codec.translation.encodeRequest(request, { target: { provider: '', model }, seals: VERBATIM, quirks: {} }).value.body
}

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

/** Tools as the client's dialect writes them: elements for its `tools`. */
export function writeTools(dialect: RunDialect, model: string, tools: readonly ToolDefinition[]): readonly JsonObject[] {
  return listOf(encode(dialect, model, [{ role: 'user', path: '', blocks: [{ type: 'text', text: '.', path: '' }] }], tools)['tools'])
}

/** The calls that elements of a conversation tell of. */
export function readCalls({ codec, turns }: RunDialect, elements: readonly JsonValue[]): readonly ToolCallBlock[] {
  const { messages } = codec.translation.decodeRequest({ model: '', [turns.conversation]: elements })
  return messages.flatMap(({ blocks }) => blocks.filter((block) => block.type === 'tool-call'))
}

/** Results as elements of the conversation, to stand behind the turn with their calls. */
export function writeResults(dialect: RunDialect, model: string, calls: readonly ToolCallBlock[], results: readonly ToolResultBlock[]): readonly JsonObject[] {
  const body = encode(dialect, model, [{ role: 'assistant', path: '', blocks: calls }, { role: 'user', path: '', blocks: results }], [])
  return listOf(body[dialect.turns.conversation]).filter((element) => !dialect.turns.isModels(element))
}
