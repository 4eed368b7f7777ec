import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../../domain/errors.ts'
import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { Peer } from '../peer/peer.ts'
import { backOffMs } from '../supervisor/back-off.ts'
import type { ServerHello, UpstreamChange } from '../upstream.ts'
import type { Envelopes } from './envelopes.ts'
import { listenParams } from './requests.ts'

export interface ListeningOptions {
  readonly peer: Peer
  readonly hello: ServerHello
  readonly envelopes: Envelopes
  readonly onChange: (change: UpstreamChange) => void
  readonly signal: AbortSignal
  readonly retryMs: number
  readonly logger: Logger
}

const LISTS = ['tools', 'resources', 'prompts'] as const
const LIST_CHANGED = /^notifications\/(tools|resources|prompts)\/list_changed$/

/** The server has no change stream at all, as opposed to none just now. */
function isFinal(error: unknown): boolean {
  if (error instanceof RpcError) return error.code === RPC.methodNotFound || error.code === RPC.invalidParams
  return error instanceof GatewayError && error.code === 'upstream_rejected' && Number(error.details['status']) < 500
}

/**
 * Holds a modern server's change stream open until the signal. A stream that drops is opened anew, later each time it fails at once;
 * since nothing is replayed, every list counts as changed after that.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/subscriptions
 */
export async function keepListening(options: ListeningOptions): Promise<void> {
  const { peer, hello, envelopes, onChange, signal, retryMs, logger } = options
  const params = listenParams(hello.capabilities)
  if (params === undefined) return
  let failures = 0
  let isFirst = true

  function onNotification(method: string): void {
    if (method === 'notifications/subscriptions/acknowledged') {
      failures = 0
      if (!isFirst) for (const list of LISTS) if (list in hello.capabilities) onChange({ kind: 'list-changed', list })
      isFirst = false
      return
    }
    const list = LIST_CHANGED.exec(method)?.[1] as (typeof LISTS)[number] | undefined
    if (list) onChange({ kind: 'list-changed', list })
  }

  while (!signal.aborted) {
    try {
      await peer.request({ method: 'subscriptions/listen', params, timeoutMs: undefined, envelope: envelopes.own, signal, onNotification })
    } catch (error) {
      if (signal.aborted) return
      if (isFinal(error)) {
        logger.info({ err: error }, 'the server offers no change stream; its lists are refreshed by age')
        return
      }
      logger.debug({ err: error }, 'the change stream dropped')
    }
    failures++
    await sleep(backOffMs(failures, { firstMs: retryMs, lastMs: 60_000, growth: 2 }), undefined, { signal, ref: false }).catch(() => {})
  }
}
