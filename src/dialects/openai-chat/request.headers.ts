/**
 * Nothing that names or belongs to the client's own account: `openai-organization` and `openai-project` fit its key and
 * not the provider's, and an `idempotency-key` could fetch the answer of another of our clients.
 */
const CARRIED = ['openai-beta', 'x-client-request-id', 'http-referer', 'x-title'] as const

export function carryHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const carried: Record<string, string> = {}
  for (const name of CARRIED) {
    const value = headers[name]
    if (typeof value === 'string') carried[name] = value
  }
  return carried
}
