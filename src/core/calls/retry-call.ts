import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'
import type { CatalogEntry } from '../catalog/index.ts'
import type { CallRequest } from './call-request.ts'

const FIRST_PAUSE_MS = 200
/** A server that comes back later than this is not waited for. */
const LONGEST_PAUSE_MS = 5_000

const AGAIN = new Set<string>(['upstream_interrupted', 'upstream_unavailable', 'server_unavailable'])

/** By the tool's own annotations, or those that the configuration gives it: twice does no more than once. */
export function isRepeatable(entry: CatalogEntry | undefined): boolean {
  if (entry?.kind !== 'tool' || !entry.definition.includes('"annotations"')) return false
  const text = readMember(entry.definition, 'annotations')
  const annotations = text === undefined ? undefined : parseJsonText(text)
  return isJsonObject(annotations) && (annotations['idempotentHint'] === true || annotations['readOnlyHint'] === true)
}

/** Progress must grow, so what a repeated call says of the part that was done before is left out. */
function growing(onProgress: (params: JsonText) => void): (params: JsonText) => void {
  let most = Number.NEGATIVE_INFINITY
  return (params) => {
    const text = readMember(params, 'progress')
    const progress = text === undefined ? Number.NaN : Number(text)
    if (progress <= most) return
    if (progress > most) most = progress
    onProgress(params)
  }
}

function pauseBefore(attempt: number, { status }: McpUpstream): number {
  const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1)
  return status.state === 'backing-off' ? Math.max(pause, status.nextAttemptAt.getTime() - Date.now() + 10) : pause
}

/** False when the caller left meanwhile. */
function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const onAbort = (): void => resolve(false)
  const timer = setTimeout(() => resolve(true), ms)
  signal.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
}

export interface RepeatedCall {
  readonly request: CallRequest
  readonly entry: CatalogEntry | undefined
  readonly upstream: McpUpstream
  /** How often it may be made again. */
  readonly retries: number
  /** One try; `attempt` counts from 1. */
  readonly send: (request: CallRequest, attempt: number) => Promise<JsonText>
}

interface Watched {
  readonly request: CallRequest
  readonly wasAsked: () => boolean
}

/** The request as a call that may be repeated needs it, and whether its caller was asked something. */
function watch(request: CallRequest): Watched {
  let wasAsked = false
  const { onServerRequest, onProgress } = request
  const ask = onServerRequest && ((method: string, params: JsonText | undefined) => {
    wasAsked = true
    return onServerRequest(method, params)
  })
  return {
    request: { ...request, ...(onProgress ? { onProgress: growing(onProgress) } : {}), ...(ask ? { onServerRequest: ask } : {}) },
    wasAsked: () => wasAsked,
  }
}

/** Waits until the server may be back; false when that takes too long, or the caller left. */
async function waitForServer(attempt: number, upstream: McpUpstream, signal: AbortSignal): Promise<boolean> {
  if (upstream.status.state === 'failed' || signal.aborted) return false
  const pause = pauseBefore(attempt, upstream)
  return pause <= LONGEST_PAUSE_MS && (await sleep(pause, signal))
}

const isBroken = (error: unknown): boolean => error instanceof GatewayError && AGAIN.has(error.code)

/**
 * Makes a call again after its server broke or was not there, where that surely does no harm: the tool may be repeated, and
 * nobody was asked anything. Errors that the server itself answered with are never tried again.
 */
export async function repeatCall({ request, entry, upstream, retries, send }: RepeatedCall): Promise<JsonText> {
  if (retries === 0 || !isRepeatable(entry) || (request.params?.includes('"requestState"') ?? false)) return send(request, 1)
  const watched = watch(request)
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(watched.request, attempt)
    } catch (error) {
      if (attempt > retries || watched.wasAsked() || !isBroken(error)) throw error
      if (!(await waitForServer(attempt, upstream, request.signal))) throw error
    }
  }
}
