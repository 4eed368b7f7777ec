import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { Translated } from '../loss.ts'
import { noteMessage, noteUsage } from './response.unread.ts'
import { readFinish } from './stop-reason.ts'
import { BlockReader } from './stream.blocks.ts'
import { decodeUsage } from './usage.ts'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** A whole message: its blocks come complete, as they may in a stream. */
export function decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]> {
  const content: readonly JsonValue[] = Array.isArray(body['content']) ? body['content'] : []
  const usage = decodeUsage(body['usage'])
  const losses = new AnswerLosses()
  const blocks = new BlockReader(losses)
  noteMessage(losses, body)
  if (isJsonObject(body['usage'])) noteUsage(losses, body['usage'])
  const value: readonly StreamPart[] = [
    { type: 'message-start', messageId: asText(body['id']), model: asText(body['model']) },
    ...content.flatMap((block, index) => [...blocks.start(index, isJsonObject(block) ? block : {}), ...blocks.stop(index)]),
    ...blocks.end(),
    ...(usage ? [{ type: 'usage' as const, usage }] : []),
    { type: 'message-end', finish: readFinish(body, losses) },
  ]
  return { value, losses: losses.list }
}
