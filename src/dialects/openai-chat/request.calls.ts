import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { CallNumbers } from '../canonical/call-numbers.ts'
import { Fields } from '../canonical/fields.ts'
import type { Block, NativeBlock, ReasoningBlock, ToolCallBlock } from '../canonical/request.ts'

function decodeCustomCall(call: Fields, target: Fields, numbers: CallNumbers): ToolCallBlock {
  const name = target.string('name') ?? ''
  const argumentsText = target.string('input') ?? ''
  for (const key of ['type', 'index']) call.get(key)
  return { type: 'tool-call', callId: numbers.open(name, call.string('id')), name, argumentsText, isCustom: true, ...call.source }
}

/** Some clients send an object where the dialect has text. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

function decodeCall(value: JsonValue, path: string, numbers: CallNumbers): ToolCallBlock | NativeBlock {
  const call = new Fields(isJsonObject(value) ? value : {}, path)
  const custom = call.within('custom')
  if (custom?.string('name') !== undefined) return decodeCustomCall(call, custom, numbers)
  const target = call.within('function')
  const name = target?.string('name')
  if (!target || name === undefined) return { type: 'native', value, path }
  const argumentsText = textOf(target.get('arguments'))
  for (const key of ['type', 'index']) call.get(key)
  return { type: 'tool-call', callId: numbers.open(name, call.string('id')), name, argumentsText, ...call.source }
}

/**
 * `"extra_content":{"google":{"thought_signature":"…"}}`: clients of Google's OpenAI-compatible address keep the seal of a thought
 * beside the call that it belongs to.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */
function readSeal(value: JsonValue, path: string): ReasoningBlock | undefined {
  const content = isJsonObject(value) ? value['extra_content'] : undefined
  const google = isJsonObject(content) ? content['google'] : undefined
  const seal = isJsonObject(google) ? google['thought_signature'] : undefined
  if (typeof seal !== 'string' || seal === '') return undefined
  return { type: 'reasoning', text: '', seal, isGoogles: true, path: `${path}/extra_content/google/thought_signature` }
}

function withoutSeal(call: ToolCallBlock | NativeBlock): ToolCallBlock | NativeBlock {
  const { extra_content: content, ...extras } = call.extras ?? {}
  if (!isJsonObject(content) || !isJsonObject(content['google'])) return call
  const { google, ...others } = content
  const { thought_signature: _seal, ...unread } = google as JsonObject
  const left = { ...others, ...(Object.keys(unread).length > 0 ? { google: unread } : {}) }
  const { extras: _extras, ...rest } = call
  const all = Object.keys(left).length > 0 ? { ...extras, extra_content: left } : extras
  return Object.keys(all).length > 0 ? { ...rest, extras: all } : rest
}

/** The calls of a message, the one of `function_call` last. A seal that its thought has already is not read twice. */
export function decodeCalls(fields: Fields, numbers: CallNumbers, thoughts: readonly ReasoningBlock[]): readonly Block[] {
  const known = new Set(thoughts.map(({ seal }) => seal))
  const calls = (fields.list('tool_calls') ?? []).flatMap((value, index): readonly Block[] => {
    const path = `${fields.path}/tool_calls/${index}`
    const seal = readSeal(value, path)
    const call = decodeCall(value, path, numbers)
    return seal === undefined ? [call] : known.has(seal.seal) ? [withoutSeal(call)] : [seal, withoutSeal(call)]
  })
  const legacy = fields.object('function_call')
  return legacy ? [...calls, decodeLegacy(legacy, `${fields.path}/function_call`, numbers)] : calls
}

/** It has no id; the oldest open call of its name is the one that a result answers. */
function decodeLegacy(call: JsonObject, path: string, numbers: CallNumbers): ToolCallBlock {
  const fields = new Fields(call, path)
  const name = fields.string('name') ?? ''
  return { type: 'tool-call', callId: numbers.open(name, undefined), name, argumentsText: textOf(fields.get('arguments')), ...fields.source }
}
