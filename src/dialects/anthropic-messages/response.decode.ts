import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { Translated } from '../loss.ts'
import { decodeFinish } from './stop-reason.ts'
import { noteUnread, startBlock } from './stream.decode.ts'
import { decodeUsage } from './usage.ts'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** A whole message: its blocks come complete, as they may in a stream. */
export function decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]> {
  const content: readonly JsonValue[] = Array.isArray(body['content']) ? body['content'] : []
  const usage = decodeUsage(body['usage'])
  const losses = new AnswerLosses()
  noteUnread(losses, body, '')
  if (isJsonObject(body['usage'])) noteUnread(losses, body['usage'], '/usage')
  for (const block of content) if (isJsonObject(block)) noteUnread(losses, block, '/content')
  const value: readonly StreamPart[] = [
    { type: 'message-start', messageId: asText(body['id']), model: asText(body['model']) },
    ...content.flatMap((block, index): readonly StreamPart[] => {
      const parts = startBlock(index, isJsonObject(block) ? block : {})
      return parts[0]?.type === 'native' ? parts : [...parts, { type: 'block-end', index }]
    }),
    ...(usage ? [{ type: 'usage' as const, usage }] : []),
    { type: 'message-end', finish: decodeFinish(asText(body['stop_reason']), asText(body['stop_sequence']) || undefined) },
  ]
  return { value, losses: losses.list }
}
