import type { ToolCallBlock } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { runDialect } from './fragments.ts'
import type { HandedTurn } from './hand-over.ts'
import type { JournalTurn } from './run-journal.ts'

/** What of a turn is no step of it. */
interface Kept {
  readonly dialect: Dialect
  readonly model: string
  readonly theirs: readonly ToolCallBlock[]
  /** Ids of questions with those of their calls. */
  readonly asked: readonly (readonly [string, string])[]
}

/** A handed turn as text: `said` is its first step, `content` the rest. */
export function writeHandedTurn({ dialect, model, elements, theirs, own, asked }: HandedTurn): { readonly content: JsonText; readonly said: JournalTurn } {
  const kept: Kept = { dialect: dialect.codec.dialect, model, theirs, asked: [...asked].map(([id, { callId }]) => [id, callId]) }
  return { content: toJsonText(kept as unknown as JsonValue), said: { parts: [], elements, calls: [...own, ...asked.values()] } }
}

export function readHandedTurn(content: JsonText, { elements, calls }: JournalTurn): HandedTurn {
  const { dialect, model, theirs, asked } = parseExact(content) as unknown as Kept
  const questions = new Map(asked.map(([question, callId]) => [callId, question]))
  return {
    dialect: runDialect(dialect),
    model,
    elements,
    theirs,
    own: calls.filter(({ callId }) => !questions.has(callId)),
    asked: new Map(calls.flatMap((block) => {
      const question = questions.get(block.callId)
      return question === undefined ? [] : [[question, block] as const]
    })),
  }
}
