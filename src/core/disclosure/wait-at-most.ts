export type Waited<Value> = { readonly kind: 'settled'; readonly value: Value } | { readonly kind: 'late' } | { readonly kind: 'aborted' }

/** Waits for a promise that never rejects, as long as it may take and somebody wants it. It goes on either way. */
export async function waitAtMost<Value>(promise: Promise<Value>, mostMs: number, signal: AbortSignal): Promise<Waited<Value>> {
  const over = Promise.withResolvers<Waited<Value>>()
  const timer = setTimeout(() => over.resolve({ kind: 'late' }), mostMs)
  const onAbort = (): void => over.resolve({ kind: 'aborted' })
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([promise.then((value) => ({ kind: 'settled', value }) as const), over.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
