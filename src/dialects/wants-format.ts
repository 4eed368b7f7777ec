import type { Dialect } from '../domain/dialect.ts'
import type { ScannedBody } from './codec.ts'
import { sliceText } from './json-edit.ts'

/** Where a request says in which shape it wants its answer, and what it says then. */
const PLACES: Readonly<Record<Dialect, { readonly keys: readonly string[]; readonly says: RegExp }>> = {
  'openai-chat': { keys: ['response_format'], says: /json_(?:object|schema)/ },
  'openai-responses': { keys: ['text'], says: /json_(?:object|schema)/ },
  'anthropic-messages': { keys: ['output_config', 'output_format'], says: /json_schema/ },
  'google-generate-content': { keys: ['generationConfig', 'generation_config'], says: /application\/json/ },
  'ollama-chat': { keys: ['format'], says: /json|\{/ },
}

/** Whether a request asks for JSON of some shape; read from the one member that says so, however large the rest is. */
export function wantsFormat(dialect: Dialect, body: ScannedBody): boolean {
  const { keys, says } = PLACES[dialect]
  return body.scan.members.some(({ key, valueStart, valueEnd }) => keys.includes(key) && says.test(sliceText(body.pieces, valueStart, valueEnd)))
}
