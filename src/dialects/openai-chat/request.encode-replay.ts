import type { JsonObject } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { Message } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { whyUnsent } from '../canonical/why-unsent.ts'
import { isOnCall } from './call-seal.ts'
import { readReplay, type Replay } from './reasoning.ts'

/** What an assistant's message says of its thought: before its text, or as members of its own. */
export interface EncodedReplay {
  readonly prefix: string
  readonly members: JsonObject
}

const NOTHING: EncodedReplay = { prefix: '', members: {} }

interface Returned {
  readonly replay: Replay
  readonly text: string
  readonly path: string
}

/** A message has one place for what was thought; a thought that came in another is named. */
function write(replays: readonly Returned[], losses: LossList): EncodedReplay {
  const detailed = replays.filter(({ replay }) => replay.kind === 'details')
  const kind = detailed.length > 0 ? 'details' : replays[0]?.replay.kind
  const own = replays.filter(({ replay }) => replay.kind === kind)
  for (const { path, replay } of replays) if (replay.kind !== kind) losses.dropped(path, 'the message has another thought, which came in another form')
  const text = own.map((one) => one.text).join('')
  const [first] = own
  if (!first) return NOTHING
  if (kind === 'details') return { prefix: '', members: { reasoning_details: own.flatMap(({ replay }) => (replay.kind === 'details' && Array.isArray(replay.details) ? replay.details : [])) } }
  if (first.replay.kind === 'tags') return { prefix: `<think>${text}</think>`, members: {} }
  const { field } = first.replay.kind === 'field' ? first.replay : { field: '' }
  if (field !== 'content') return { prefix: '', members: { [field]: text } }
  // Mistral's own place is a part of the content, which is written as text here.
  for (const { path } of own) losses.dropped(path, 'its place is among the parts of the content, which is sent as text')
  return NOTHING
}

/**
 * Reasoning goes back only to the model it came from, in the form it came in. Some models refuse a history without it,
 * also where there was none.
 */
export function encodeReplay(message: Message, { target, seals, quirks }: RequestContext, losses: LossList): EncodedReplay {
  const replays: Returned[] = []
  for (const block of message.blocks) {
    if (block.type !== 'reasoning') continue
    const payload = block.seal === undefined ? undefined : seals.open(block.seal, target)
    // It goes back on its call.
    if (payload !== undefined && isOnCall(payload)) continue
    const replay = payload === undefined ? undefined : readReplay(payload)
    if (!replay) losses.dropped(block.path, payload === undefined ? whyUnsent(block) : 'its seal is of another dialect of the provider')
    else {
      losses.extras(block)
      replays.push({ replay, text: block.text, path: block.path })
    }
  }
  const written = write(replays, losses)
  const field = quirks.reasoningField ?? 'reasoning_content'
  if (quirks.needsReasoningOnAssistant !== true || written.members[field] !== undefined) return written
  losses.approximated(message.path, 'the model wants a thought on every turn; an empty one was put in')
  return { ...written, members: { ...written.members, [field]: ' ' } }
}
