import type { JsonObject } from '../../src/lib/json.ts'

export type SimulatedDialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'google-generate-content' | 'ollama-chat'

/** `answer` is streamed or not as the request's body says. */
type Action = 'answer' | 'stream' | 'whole' | 'count' | 'embed' | 'batch-embed' | 'compact'

/** What a path means. */
export interface Endpoint {
  readonly dialect: SimulatedDialect
  readonly action: Action
  /** In the path, as Gemini has it; in the body when undefined. */
  readonly model: string | undefined
  readonly asEvents: boolean
}

const FIXED: Readonly<Record<string, readonly [SimulatedDialect, Action]>> = {
  '/v1/chat/completions': ['openai-chat', 'answer'],
  '/v1/embeddings': ['openai-chat', 'embed'],
  '/v1/responses': ['openai-responses', 'answer'],
  '/v1/responses/input_tokens': ['openai-responses', 'count'],
  '/v1/responses/compact': ['openai-responses', 'compact'],
  '/v1/messages': ['anthropic-messages', 'answer'],
  '/v1/messages/count_tokens': ['anthropic-messages', 'count'],
  '/api/chat': ['ollama-chat', 'answer'],
  '/api/embed': ['ollama-chat', 'embed'],
}

const GEMINI: Readonly<Record<string, Action>> = {
  generateContent: 'whole',
  streamGenerateContent: 'stream',
  countTokens: 'count',
  embedContent: 'embed',
  batchEmbedContents: 'batch-embed',
}

/** For `POST`; undefined where nothing is simulated. */
export function findEndpoint({ pathname, searchParams }: URL): Endpoint | undefined {
  const fixed = FIXED[pathname]
  if (fixed) return { dialect: fixed[0], action: fixed[1], model: undefined, asEvents: true }
  const found = /^\/v1(?:beta)?\/models\/(.+):(\w+)$/.exec(pathname)
  const action = GEMINI[found?.[2] ?? '']
  if (!action) return undefined
  return { dialect: 'google-generate-content', action, model: decodeURIComponent(found?.[1] ?? ''), asEvents: searchParams.get('alt') === 'sse' }
}

export function operationOf({ dialect, action }: Endpoint, body: JsonObject): 'stream' | 'whole' | 'count' | 'embed' | 'compact' {
  if (action === 'batch-embed') return 'embed'
  if (action !== 'answer') return action
  // Ollama streams unless told not to.
  const isStream = dialect === 'ollama-chat' ? body['stream'] !== false : body['stream'] === true
  return isStream ? 'stream' : 'whole'
}
