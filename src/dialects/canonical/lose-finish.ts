import type { AnswerLosses } from './answer-losses.ts'
import type { FinishReason } from './stream.ts'

/** What a dialect can say of the end of an answer. */
export interface FinishTerms {
  readonly words: ReadonlySet<FinishReason['unified']>
  /** Which of the stop sequences it was. */
  readonly tellsSequence?: true
  /** Why an answer was withheld. */
  readonly explains?: true
}

/** Words that say no more than that an answer was withheld. */
const PLAIN = new Set(['content_filter', 'refusal', 'SAFETY', 'stop', 'completed'])

const REASONS: Partial<Record<FinishReason['unified'], string>> = {
  pause: 'the turn is not finished, the provider waits to be asked to go on; the client’s dialect can only say that it ended',
  'context-window': 'told as a limit of the answer; the client’s dialect has no word for a full context window',
}

/** Undefined where the client's dialect has a word that means the same. */
function explain({ unified, raw = '', explanation }: FinishReason, { words, explains }: FinishTerms): string | undefined {
  if (REASONS[unified] !== undefined) return words.has(unified) ? undefined : REASONS[unified]
  if (raw === '') return undefined
  if (unified === 'other') return `told as an ordinary end; the client’s dialect has no word for \`${raw}\``
  const isTold = PLAIN.has(raw) || (explains === true && explanation?.text.includes(raw) === true)
  return unified !== 'content-filter' || isTold ? undefined : `told as any withheld answer; the client’s dialect has no word for \`${raw}\``
}

/** Names what of a model's reason to stop a client's dialect cannot say. */
export function loseFinish(finish: FinishReason, losses: AnswerLosses, terms: FinishTerms): void {
  const { path = '/finish_reason', stopSequence, sequencePath = path, explanation } = finish
  const reason = explain(finish, terms)
  if (reason !== undefined) losses.approximated(path, reason)
  if (stopSequence !== undefined && terms.tellsSequence !== true) losses.dropped(sequencePath, 'the client’s dialect does not say which stop sequence ended the answer')
  if (explanation && terms.explains !== true) losses.dropped(explanation.path, 'the client’s dialect does not say why an answer was withheld')
}
