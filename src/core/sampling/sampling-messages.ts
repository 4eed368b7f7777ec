import type { CanonicalAnswer } from '../../dialects/index.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

const refuse = (message: string): RpcError => new RpcError(RPC.invalidParams, message)

function writePart(block: JsonValue): JsonObject {
  const { type, text, data, mimeType } = isJsonObject(block) ? block : {}
  if (type === 'text' && typeof text === 'string') return { type: 'text', text }
  if (type === 'image' && typeof data === 'string' && typeof mimeType === 'string') return { type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } }
  throw refuse(`The gateway’s own models are asked with texts and images here, not with content of type ${JSON.stringify(type ?? null)}.`)
}

function writeMessage(message: JsonValue): JsonObject {
  const { role, content } = isJsonObject(message) ? message : {}
  if (role !== 'user' && role !== 'assistant') throw refuse('Expected every message to have the role user or assistant.')
  const blocks: readonly JsonValue[] = Array.isArray(content) ? content : content === undefined ? [] : [content]
  return { role, content: blocks.map(writePart) }
}

/**
 * A server's question as a body of Chat Completions, without its model.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/sampling
 */
export function writeQuestion(params: JsonObject, mostTokens: number): JsonObject {
  const { messages, systemPrompt, maxTokens, temperature, stopSequences, tools, toolChoice, includeContext = 'none' } = params
  if (tools !== undefined || toolChoice !== undefined) throw refuse('The gateway answers sampling without tools.')
  if (includeContext !== 'none') throw refuse('The gateway has no context of the client to include.')
  if (!Array.isArray(messages) || messages.length === 0) throw refuse('Expected `messages` to be a list with at least one message.')
  const system = typeof systemPrompt === 'string' && systemPrompt !== '' ? [{ role: 'system', content: systemPrompt }] : []
  return {
    messages: [...system, ...(messages as readonly JsonValue[]).map(writeMessage)],
    max_tokens: typeof maxTokens === 'number' && maxTokens > 0 ? Math.min(maxTokens, mostTokens) : mostTokens,
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(Array.isArray(stopSequences) && stopSequences.length > 0 ? { stop: stopSequences } : {}),
  }
}

const STOP_REASONS: Partial<Record<CanonicalAnswer['finish']['unified'], string>> = { stop: 'endTurn', 'stop-sequence': 'stopSequence', length: 'maxTokens', 'context-window': 'maxTokens' }

export function writeResult({ blocks, finish }: CanonicalAnswer, model: string): JsonObject {
  const text = blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')
  return { role: 'assistant', content: { type: 'text', text }, model, stopReason: STOP_REASONS[finish.unified] ?? finish.unified }
}

/** The names that the server would like best, in its order. */
export function readHints({ modelPreferences }: JsonObject): readonly string[] {
  const hints = isJsonObject(modelPreferences) ? modelPreferences['hints'] : undefined
  return (Array.isArray(hints) ? hints : []).flatMap((hint: JsonValue) => (isJsonObject(hint) && typeof hint['name'] === 'string' ? [hint['name'].toLowerCase()] : []))
}
