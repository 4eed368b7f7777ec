import type { SdkClient } from './sdk-client.ts'
import type { Pair } from './stage.ts'

/** The SDKs' classes for a status; those that are not named have one for all. */
const OPENAI: Readonly<Record<number, string>> = { 400: 'BadRequestError', 404: 'NotFoundError', 429: 'RateLimitError', 502: 'InternalServerError', 503: 'InternalServerError', 529: 'InternalServerError' }
const ANTHROPIC: Readonly<Record<number, string>> = { ...OPENAI, 503: 'ServiceUnavailableError', 529: 'OverloadedError' }

export function classFor({ name }: SdkClient, status: number): string | undefined {
  if (name.startsWith('ai sdk')) return 'AI_APICallError'
  if (name === 'google genai') return 'ApiError'
  return (name === 'anthropic' ? ANTHROPIC : OPENAI)[status]
}

/** Ours is not the client's credential; only Anthropic's clients and what passes through have a status of their own for overload. */
export function statusFor(status: number, { isNative, client }: Pair): number {
  if (status === 401) return 502
  return status === 529 && !isNative && !client.name.includes('anthropic') ? 503 : status
}
