import type { JsonObject } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { Message } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { readReplay, type Replay } from './reasoning.ts'

/** What an assistant's message says of its thought: before its text, or as members of its own. */
export interface EncodedReplay {
  readonly prefix: string
  readonly members: JsonObject
}

const NOTHING: EncodedReplay = { prefix: '', members: {} }

function write(replays: readonly { readonly replay: Replay; readonly text: string }[]): EncodedReplay {
  const text = replays.map((one) => one.text).join('')
  const [first] = replays
  if (!first) return NOTHING
  const details = replays.flatMap(({ replay }) => (replay.kind === 'details' && Array.isArray(replay.details) ? replay.details : []))
  if (details.length > 0) return { prefix: '', members: { reasoning_details: details } }
  if (first.replay.kind === 'tags') return { prefix: `<think>${text}</think>`, members: {} }
  // Mistral's own place is a part of the content, which is written as text here.
  if (first.replay.kind !== 'field' || first.replay.field === 'content') return NOTHING
  return { prefix: '', members: { [first.replay.field]: text } }
}

/**
 * Reasoning goes back only to the model it came from, in the form it came in. Some models refuse a history without it,
 * also where there was none.
 */
export function encodeReplay(message: Message, { target, seals, quirks }: RequestContext, losses: LossList): EncodedReplay {
  const replays: { readonly replay: Replay; readonly text: string }[] = []
  for (const block of message.blocks) {
    if (block.type !== 'reasoning') continue
    const payload = block.seal === undefined ? undefined : seals.open(block.seal, target)
    const replay = payload === undefined ? undefined : readReplay(payload)
    if (!replay) losses.dropped(block.path, 'this model did not think it')
    else {
      losses.extras(block)
      replays.push({ replay, text: block.text })
    }
  }
  const written = write(replays)
  const field = quirks.reasoningField ?? 'reasoning_content'
  if (quirks.needsReasoningOnAssistant !== true || written.members[field] !== undefined) return written
  losses.approximated(message.path, 'the model wants a thought on every turn; an empty one was put in')
  return { ...written, members: { ...written.members, [field]: ' ' } }
}
