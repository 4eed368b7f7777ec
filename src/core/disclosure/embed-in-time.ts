import { GatewayError } from '../../domain/errors.ts'
import type { ToolEmbedding } from './tool-embedding.ts'

/** Of one request to the model, for as many texts as go into it. It may have to be loaded first. */
const DEADLINE_MS = 60_000

/** Asks for vectors. Rejects at the deadline and when `closed` aborts, also when the embedding does not. */
export async function embedInTime({ embed }: ToolEmbedding, texts: readonly string[], closed: AbortSignal): Promise<readonly Float32Array[]> {
  const stop = new AbortController()
  const stopped = Promise.withResolvers<never>()
  stop.signal.addEventListener('abort', () => stopped.reject(stop.signal.reason as GatewayError), { once: true })
  const timer = setTimeout(() => stop.abort(new GatewayError('upstream_timeout', `The model did not answer within ${DEADLINE_MS} ms.`)), DEADLINE_MS).unref()
  const onClose = (): void => stop.abort(closed.reason)
  closed.addEventListener('abort', onClose, { once: true })
  try {
    closed.throwIfAborted()
    return await Promise.race([embed(texts, stop.signal), stopped.promise])
  } finally {
    clearTimeout(timer)
    closed.removeEventListener('abort', onClose)
  }
}
