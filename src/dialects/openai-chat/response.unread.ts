import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { noteCallSeal } from './call-seal.ts'
import { REASONING_FIELDS } from './reasoning.ts'

const KNOWN_CHUNK = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'provider'])
const KNOWN_CHOICE = new Set(['index', 'delta', 'message', 'finish_reason', 'stop_reason', 'matched_stop', 'native_finish_reason'])
const KNOWN_DELTA = new Set(['role', 'content', 'refusal', 'tool_calls', 'function_call', 'reasoning_details', 'thinking_blocks', 'annotations', ...REASONING_FIELDS])
const KNOWN_CALL = new Set(['index', 'id', 'type', 'function', 'custom', 'extra_content'])
const KNOWN_TARGET = new Set(['name', 'arguments', 'input'])
const KNOWN_PARTS: Readonly<Record<string, ReadonlySet<string>>> = { text: new Set(['type', 'text']), thinking: new Set(['type', 'thinking']) }
const KNOWN_BLOCK = new Set(['type', 'thinking', 'signature'])
const KNOWN_USAGE = new Set([
  'prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_cache_hit_tokens', 'prompt_cache_miss_tokens',
  'prompt_tokens_details', 'prompt_tokens_details/cached_tokens', 'prompt_tokens_details/cache_write_tokens',
  'completion_tokens_details', 'completion_tokens_details/reasoning_tokens',
])

const asObjects = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry) => isJsonObject(entry)) : [])

function noteParts(losses: AnswerLosses, parts: readonly JsonObject[], path: string): void {
  for (const [index, part] of parts.entries()) {
    const type = typeof part['type'] === 'string' ? part['type'] : 'text'
    const known = Object.hasOwn(KNOWN_PARTS, type) ? KNOWN_PARTS[type] : undefined
    if (!known) losses.native({ value: part, path: `${path}/${index}` })
    else losses.unread(part, known, `${path}/${index}`)
    noteParts(losses, asObjects(part['thinking']), `${path}/${index}/thinking`)
  }
}

function noteCalls(losses: AnswerLosses, calls: readonly JsonObject[], path: string): void {
  for (const [position, call] of calls.entries()) {
    const at = `${path}/${typeof call['index'] === 'number' ? call['index'] : position}`
    losses.unread(call, KNOWN_CALL, at)
    noteCallSeal(losses, call, at)
    for (const kind of ['function', 'custom'] as const) {
      const target = call[kind]
      if (isJsonObject(target)) losses.unread(target, KNOWN_TARGET, `${at}/${kind}`)
    }
  }
}

/** What a delta adds to is the message; its members are named where they stand there. */
function noteMessage(losses: AnswerLosses, said: JsonObject): void {
  const path = '/choices/0/message'
  losses.unread(said, KNOWN_DELTA, path)
  noteParts(losses, asObjects(said['content']), `${path}/content`)
  for (const [index, block] of asObjects(said['thinking_blocks']).entries()) losses.unread(block, KNOWN_BLOCK, `${path}/thinking_blocks/${index}`)
  const { function_call: legacy } = said
  if (isJsonObject(legacy)) losses.unread(legacy, KNOWN_TARGET, `${path}/function_call`)
  noteCalls(losses, asObjects(said['tool_calls']), `${path}/tool_calls`)
}

/** Names what a chunk or a completion has beyond what is read of it. */
export function noteUnread(losses: AnswerLosses, source: JsonObject): void {
  losses.unread(source, KNOWN_CHUNK, '')
  if (isJsonObject(source['usage'])) losses.uncounted(source['usage'], KNOWN_USAGE, '/usage')
  for (const choice of asObjects(source['choices'])) {
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0
    if (index > 0) {
      losses.dropped('/choices/1', 'the client asked for one answer')
      continue
    }
    losses.unread(choice, KNOWN_CHOICE, '/choices/0')
    for (const kind of ['delta', 'message'] as const) {
      const said = choice[kind]
      if (isJsonObject(said)) noteMessage(losses, said)
    }
  }
}
