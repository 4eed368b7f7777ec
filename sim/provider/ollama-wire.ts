import { parseJsonText, type JsonText } from '../../src/lib/json-text.ts'
import type { JsonObject, JsonValue } from '../../src/lib/json.ts'
import { toldToFail } from './error-terms.ts'
import type { Reply } from './reply.ts'
import type { Wire, Writing } from './wire.ts'
import { writeCount } from './write-count.ts'

const CREATED = Date.UTC(2026, 10, 17, 10)

/** No ids, and arguments as an object. */
const callsOf = ({ tools }: Reply): JsonObject =>
  tools.length === 0 ? {} : { tool_calls: tools.map(({ name, argumentsText }) => ({ function: { name, arguments: parseJsonText(argumentsText as JsonText) } })) }

function ending({ reply: { usage, finish }, script }: Writing): JsonObject {
  const counts = { prompt_eval_count: writeCount(usage.input, script.usage), eval_count: writeCount(usage.output, script.usage) }
  return {
    done: true,
    done_reason: finish ?? 'stop',
    total_duration: 3_000_000,
    load_duration: 1_000_000,
    prompt_eval_duration: 1_000_000,
    eval_duration: 1_000_000,
    ...(script.usage === 'none' ? {} : counts),
  }
}

const wrap = ({ reply, script }: Writing, message: JsonObject, rest: JsonObject): JsonObject => ({
  model: reply.model,
  created_at: new Date(CREATED + (script.firstCall ?? 0) * 1000).toISOString().replace('Z', '000Z'),
  message: { role: 'assistant', content: '', ...message },
  ...rest,
})

/** This dialect has no way to refuse but to say so. */
const textOf = ({ pieces, refusal }: Reply): string => refusal ?? pieces.join('')

const thinkingOf = ({ reasoning }: Reply): JsonObject => (reasoning === undefined ? {} : { thinking: reasoning })

function chunks(writing: Writing): readonly JsonValue[] {
  const { reply, script } = writing
  const texts = reply.refusal === undefined ? reply.pieces : [reply.refusal]
  const messages = [
    ...(reply.reasoning === undefined ? [] : [thinkingOf(reply)]),
    ...texts.map((content) => ({ content })),
    ...(reply.tools.length === 0 ? [] : [callsOf(reply)]),
  ]
  return [
    ...messages.map((message) => wrap(writing, message, { done: false })),
    ...(script.terminator === 'none' ? [] : [wrap(writing, {}, ending(writing))]),
  ]
}

const line = (text: string): string => `${text}\n`

export const ollamaWire: Wire = {
  streamType: () => 'application/x-ndjson',
  whole: (writing) => JSON.stringify(wrap(writing, { content: textOf(writing.reply), ...thinkingOf(writing.reply), ...callsOf(writing.reply) }, ending(writing))),
  events: (writing) => chunks(writing).map((chunk) => line(JSON.stringify(chunk))),
  error: (status, _script, message = toldToFail(status)) => JSON.stringify({ error: message }),
  errorEvent: ({ script }) => line(script.body ?? JSON.stringify({ error: toldToFail(500) })),
  brokenEvent: line('{"message":{"role"'),
}
