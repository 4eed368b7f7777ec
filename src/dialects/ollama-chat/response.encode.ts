import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/** Arguments are an object; text that is none is told whole. */
export function readArguments(text: string): JsonObject {
  if (text.trim() === '') return {}
  try {
    const value: unknown = parseExact(text)
    if (isJsonObject(value)) return value
  } catch {
    return { _raw: text }
  }
  return { _raw: text }
}

/** What has no place here, where there are no clients that would keep it. */
export function loseBlock(block: AnswerBlock, losses: AnswerLosses): void {
  if (block.type === 'native') losses.native(block)
  if (block.type === 'search') losses.dropped(block.search.path, 'the client’s dialect does not tell of searches')
  if (block.type === 'reasoning' && block.seal !== undefined) losses.dropped('/content/reasoning/seal', 'the client’s dialect has no place for it')
  if (block.type === 'text') for (const { path } of block.citations ?? []) losses.dropped(path, 'the client’s dialect cites nothing')
}

/** `createdAt` in Unix seconds as the dialect writes time. */
export const writeTime = (createdAt: number | undefined): string => new Date((createdAt ?? 0) * 1000).toISOString()

/** A whole answer. */
export function encodeAnswer(answer: CanonicalAnswer, _context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  for (const block of answer.blocks) loseBlock(block, losses)
  const textOf = (type: 'text' | 'reasoning'): string => answer.blocks.map((block) => (block.type === type ? block.text : '')).join('')
  const calls = answer.blocks.filter((block) => block.type === 'tool-call').map(({ callId, name, argumentsText }) => ({ id: callId, function: { name, arguments: readArguments(argumentsText) } }))
  const thinking = textOf('reasoning')
  const message = { role: 'assistant', content: textOf('text'), ...(thinking === '' ? {} : { thinking }), ...(calls.length > 0 ? { tool_calls: calls } : {}) }
  const value = {
    model: answer.model,
    created_at: writeTime(answer.createdAt),
    message,
    done: true,
    done_reason: encodeFinish(answer.finish, losses),
    ...(answer.usage ? encodeUsage(answer.usage) : {}),
  }
  return { value, losses: losses.list }
}
