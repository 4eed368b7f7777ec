import type { Dialect } from '../domain/dialect.ts'
import { messagesTurns } from './anthropic-messages/request.turns.ts'
import { contentTurns } from './google-generate-content/request.turns.ts'
import { chatTurns } from './openai-chat/request.turns.ts'
import { responsesTurns } from './openai-responses/request.turns.ts'
import type { DialectTurns } from './turns.ts'

const TURNS: Readonly<Partial<Record<Dialect, DialectTurns>>> = {
  'anthropic-messages': messagesTurns,
  'google-generate-content': contentTurns,
  'openai-chat': chatTurns,
  'openai-responses': responsesTurns,
}

/** Undefined for a dialect that no client speaks. */
export function findTurns(dialect: Dialect): DialectTurns | undefined {
  return TURNS[dialect]
}
