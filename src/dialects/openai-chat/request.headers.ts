import { pickHeaders } from '../pick-headers.ts'

/**
 * Nothing that names or belongs to the client's own account: `openai-organization` and `openai-project` fit its key and
 * not the provider's, and an `idempotency-key` could fetch the answer of another of our clients.
 */
const CARRIED = new Set(['openai-beta', 'x-client-request-id', 'http-referer', 'x-title'])

export const carryHeaders = (headers: Parameters<typeof pickHeaders>[0]): Readonly<Record<string, string>> => pickHeaders(headers, CARRIED)
