const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization', 'proxy-authorization', 'apikey', 'api_key', 'api-key', 'x-api-key', 'x-goog-api-key', 'token', 'access_token',
  'refresh_token', 'password', 'secret', 'cookie', 'set-cookie',
])

const DEPTH = 4

function redact(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return redactObject(value as Record<string, unknown>, depth)
}

function redactObject(facts: Record<string, unknown>, depth: number): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  for (const key in facts) {
    const value = facts[key]
    const kept = CREDENTIALS.has(key.toLowerCase()) ? '[redacted]' : redact(value, depth - 1)
    if (kept === value) continue
    copy ??= { ...facts }
    copy[key] = kept
  }
  return copy ?? facts
}

/** Facts without what stands under a credential's name. A `Secret` hides itself; this catches a header or a body that was logged whole. */
export function redactFacts(facts: Record<string, unknown>): Record<string, unknown> {
  return redactObject(facts, DEPTH)
}
