import { GatewayError } from '../../domain/errors.ts'

/** Waits for something until the run is ended, which it rejects with; what was waited for goes on. */
export async function whileWanted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const ended = Promise.withResolvers<never>()
  const end = (): void => ended.reject(signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The client went away.'))
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([work, ended.promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
