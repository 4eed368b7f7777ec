import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../telemetry/index.ts'
import type { Loss } from '../connection.ts'
import type { Peer } from '../peer/peer.ts'
import { backOffMs } from '../supervisor/back-off.ts'
import type { HttpEndpoint } from './http-endpoint.ts'
import type { AnswerEnd, ResumePoint } from './http-exchange.ts'

export interface HeldStreamOptions {
  readonly endpoint: HttpEndpoint
  readonly headers: () => Record<string, string>
  readonly peer: Peer
  readonly signal: AbortSignal
  readonly retryMs: number
  readonly server: string
  readonly logger: Logger
  readonly lose: (loss: Loss) => void
}

function openOnce({ endpoint, headers, peer, signal }: HeldStreamOptions, from: ResumePoint | undefined): Promise<AnswerEnd> {
  const resume: Record<string, string> = from ? { 'last-event-id': from.lastEventId } : {}
  return new Promise((resolve) => {
    const onAbort = (): void => {
      exchange.abort()
      resolve({ kind: 'done', status: 0, resume: undefined })
    }
    const exchange = endpoint.ask(
      { method: 'GET', headers: { ...headers(), ...resume, accept: 'text/event-stream' } },
      {
        message: (text) => void peer.receive(text),
        end(end) {
          signal.removeEventListener('abort', onAbort)
          resolve(end)
        },
      },
    )
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** 409: the server has not noticed yet that the stream before this one is gone. */
function isPassing(status: number): boolean {
  return status === 409 || status === 429 || status >= 500
}

/**
 * Holds a legacy session's GET stream open until the signal: what a server says outside any call comes here. A server without one
 * answers 405; one that drops it is asked again from the last event on. A dead session is left to the next request to find out.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server
 */
export async function holdStream(options: HeldStreamOptions): Promise<void> {
  const { signal, retryMs, server, logger, lose } = options
  let point: ResumePoint | undefined
  let failures = 0
  while (!signal.aborted) {
    const openedAt = Date.now()
    const end = await openOnce(options, point)
    if (signal.aborted) return
    if (end.kind === 'refused' && !isPassing(end.status)) {
      if (end.status !== 405) logger.debug({ server, status: end.status }, 'the server gave no stream for messages outside calls')
      return
    }
    if (end.kind === 'failed' && !end.isDelivered) return lose({ kind: 'outage', reason: `could not be reached: ${end.error.message}` })
    if (end.kind !== 'refused') point = end.resume ?? point
    failures = Date.now() - openedAt > 10_000 ? 1 : failures + 1
    const waitMs = point?.retryMs ?? backOffMs(failures, { firstMs: retryMs, lastMs: 60_000, growth: 2 })
    await sleep(waitMs, undefined, { signal, ref: false }).catch(() => {})
  }
}
