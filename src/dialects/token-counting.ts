import type { Dialect } from '../domain/dialect.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { readCount } from './read-count.ts'

/** How one dialect asks for a count of tokens and answers it. Dialects without an entry have no such question. */
export interface TokenCounter {
  /** The request that a client's question is about. */
  open(question: JsonObject): JsonObject
  /** The question about a request as it would be sent; members that a count does not take are left out. */
  ask(request: JsonObject, model: string): JsonObject
  /** Undefined for what is no count. */
  read(answer: JsonObject): number | undefined
  write(count: number): JsonObject
}

function pick(body: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]))
}

const member = (answer: JsonObject, key: string): number | undefined => (typeof answer[key] === 'number' ? readCount(answer[key]) : undefined)

/** Any other member is refused: `max_tokens: Extra inputs are not permitted`. @see https://docs.anthropic.com/en/api/messages-count-tokens */
const ANTHROPIC = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config'] as const

/** @see https://platform.openai.com/docs/api-reference/responses/input-tokens */
const RESPONSES = ['model', 'input', 'instructions', 'tools', 'tool_choice', 'text', 'reasoning', 'parallel_tool_calls'] as const

const GOOGLE = ['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig'] as const

const COUNTERS: Readonly<Partial<Record<Dialect, TokenCounter>>> = {
  'anthropic-messages': {
    open: (question) => question,
    ask: (request) => pick(request, ANTHROPIC),
    read: (answer) => member(answer, 'input_tokens'),
    write: (count) => ({ input_tokens: count }),
  },
  'openai-responses': {
    open: (question) => question,
    ask: (request) => pick(request, RESPONSES),
    read: (answer) => member(answer, 'input_tokens'),
    write: (count) => ({ object: 'response.input_tokens', input_tokens: count }),
  },
  'google-generate-content': {
    open: (question) => [question['generateContentRequest'], question['generate_content_request']].find(isJsonObject) ?? question,
    // Only in this form are instructions and tools counted.
    ask: (request, model) => ({ generateContentRequest: { model: `models/${model}`, ...pick(request, GOOGLE) } }),
    read: (answer) => member(answer, 'totalTokens'),
    write: (count) => ({ totalTokens: count }),
  },
}

export function findCounter(dialect: Dialect): TokenCounter | undefined {
  return COUNTERS[dialect]
}
