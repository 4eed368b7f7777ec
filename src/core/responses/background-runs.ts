import { askInForeground, retellResponse, writeEnded } from '../../dialects/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { editMembers, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { RunStore, StoredResponse } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ExchangeRequest, ExchangeService } from '../exchange/index.ts'
import { createCollectClient, type CollectClient } from './collect-client.ts'
import { createStreamCollector } from './collect-stream.ts'
import type { EventLog } from './event-log.ts'
import type { EventLogs } from './event-logs.ts'
import type { ResponseSettings } from './settings.ts'
import { readRequest, writeRequest } from './stored-request.ts'

export interface BackgroundDeps {
  readonly exchanges: ExchangeService
  readonly save: (response: StoredResponse) => Promise<void>
  readonly runs: RunStore
  readonly logs: EventLogs
  readonly logger: Logger
  readonly settings: ResponseSettings
}

/** Requests that run while nobody waits. What is disposed of before it has ended is gone on with by the next process. */
export interface BackgroundRuns extends AsyncDisposable {
  /** Begins once the queued response is stored; gives what it will tell. Rejects with `overloaded` when too many run. */
  start(request: ExchangeRequest, queued: StoredResponse): Promise<EventLog>
  /** Goes on with what an earlier process had begun; false when nothing is known of it, or it was begun too often. */
  resume(response: StoredResponse): Promise<boolean>
  /** Forgets runs of earlier processes but those of these responses: they ended, and the process died before it had said so. */
  forgetBut(unfinished: readonly StoredResponse[]): Promise<void>
  /** Settles when the run, if there is one, has ended and is on record. */
  cancel(id: string): Promise<void>
}

const CANCELLED = new GatewayError('cancelled', 'The response was cancelled.')
const STOPPED = new GatewayError('gateway_draining', 'The gateway stopped before this response was complete.')

/** A request that takes the gateway down with it must not do so for ever. */
const MOST_RESUMES = 5

/**
 * What one process tells of a run is numbered from a multiple of this: what it tells differs from what an earlier one told, and a
 * reader that comes back with a number of then must be known by it. More events than that are more bytes than are kept.
 */
const NUMBERS = 1_000_000

/** The first number of events that are made again from the record of a background response, once nobody knows how they were told. */
export const RETOLD_FIRST = (MOST_RESUMES + 1) * NUMBERS

interface Run {
  readonly controller: AbortController
  readonly ended: Promise<void>
}

const STATES = ['completed', 'incomplete', 'failed', 'cancelled'] as const

function readState(value: JsonValue | undefined): StoredResponse['status'] {
  return STATES.find((state) => state === value) ?? 'completed'
}

function finish(queued: StoredResponse, { text, provider, model }: ReturnType<CollectClient['read']>): StoredResponse {
  const body: unknown = JSON.parse(text)
  if (!isJsonObject(body)) throw new GatewayError('upstream_protocol', 'The answer is no JSON object.')
  // A provider of the client's own dialect has named its answer itself, and did not know of the background.
  const own = editMembers(text as JsonText, { id: toJsonText(queued.id), background: toJsonText(true) })
  return { ...queued, status: readState(body['status']), provider, model, body: own }
}

const retell = ({ body }: StoredResponse): ReturnType<typeof retellResponse> => retellResponse(body ?? toJsonText({}))

export function endResponse(response: StoredResponse, how: 'cancelled' | GatewayError): StoredResponse {
  const told = JSON.parse(response.body ?? '{}') as JsonObject
  return { ...response, status: how === 'cancelled' ? 'cancelled' : 'failed', body: toJsonText(writeEnded(told, how)) }
}

export function createBackgroundRuns({ exchanges, save, runs, logs, logger, settings }: BackgroundDeps): BackgroundRuns {
  const running = new Map<string, Run>()

  async function ask(request: ExchangeRequest, queued: StoredResponse, signal: AbortSignal, collected: CollectClient): Promise<StoredResponse> {
    try {
      const body = askInForeground(request.body, request.facts.stream)
      const { onlyProvider: _onlyProvider, ...rest } = request
      await exchanges.run({ ...rest, body, durableId: queued.id, signal }, collected.client)
      if (signal.reason === CANCELLED) return endResponse(queued, 'cancelled')
      signal.throwIfAborted()
      return finish(queued, collected.read())
    } catch (thrown) {
      if (signal.reason === CANCELLED) return endResponse(queued, 'cancelled')
      return endResponse(queued, asGatewayError(signal.aborted ? signal.reason : thrown))
    }
  }

  /** False when the run was stopped with this process. */
  async function runTold(request: ExchangeRequest, queued: StoredResponse, signal: AbortSignal, log: EventLog): Promise<boolean> {
    const begun = { ...queued, status: 'in_progress' as const, body: queued.body && editMembers(queued.body, { status: toJsonText('in_progress') }) }
    await save(begun)
    log.append(retell(begun).begun)
    let isTold = false
    const collected = request.facts.stream
      ? createStreamCollector((events) => {
          isTold = true
          log.append(events)
        })
      : createCollectClient()
    const ended = await ask(request, begun, signal, collected)
    if (signal.reason === STOPPED) return false
    await save(ended)
    const { output, ended: last } = retell(ended)
    if (!isTold) log.append(output)
    if (last) log.end(last)
    return true
  }

  async function run(request: ExchangeRequest, queued: StoredResponse, controller: AbortController, log: EventLog): Promise<void> {
    const late = new GatewayError('request_timeout', `The response took longer than ${settings.backgroundMs} ms.`)
    const deadline = setTimeout(() => controller.abort(late), settings.backgroundMs)
    try {
      if (await runTold(request, queued, controller.signal, log)) await runs.end(queued.id)
    } catch (error) {
      logger.error({ err: error, response: queued.id }, 'a background response could not be recorded')
      log.break(asGatewayError(error))
    } finally {
      log.break(STOPPED)
      clearTimeout(deadline)
      running.delete(queued.id)
    }
  }

  function begin(request: ExchangeRequest, queued: StoredResponse, first: number, ready: () => Promise<void>): Promise<EventLog> {
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    running.set(queued.id, { controller, ended: promise })
    return ready().then(
      () => {
        const log = logs.open(queued.id, first)
        log.append(retell(queued).created)
        void run(request, queued, controller, log).then(resolve, resolve)
        return log
      },
      (error: unknown) => {
        running.delete(queued.id)
        throw error
      },
    )
  }

  return {
    async start(request, queued) {
      if (running.size >= settings.maxBackground) throw new GatewayError('overloaded', `${settings.maxBackground} responses run in the background already.`, { retryAfterMs: 10_000 })
      return begin(request, queued, 0, async () => {
        await runs.begin({ id: queued.id, startedAt: queued.createdAt, request: writeRequest(request, 0) })
        await save(queued)
      })
    },
    async resume(response) {
      const found = await runs.find(response.id)
      const stored = found && readRequest(found.request, logger, new AbortController().signal)
      if (!found || !stored || stored.resumes >= MOST_RESUMES) {
        await runs.end(response.id)
        return false
      }
      await begin(stored.request, response, (stored.resumes + 1) * NUMBERS, () => runs.begin({ ...found, request: writeRequest(stored.request, stored.resumes + 1) }))
      return true
    },
    async forgetBut(unfinished) {
      const kept = new Set(unfinished.map(({ id }) => id))
      for (const id of await runs.ids()) if (!kept.has(id) && !running.has(id)) await runs.end(id)
    },
    async cancel(id) {
      const found = running.get(id)
      found?.controller.abort(CANCELLED)
      await found?.ended
    },
    async [Symbol.asyncDispose]() {
      const ended = [...running.values()].map((one) => one.ended)
      for (const { controller } of running.values()) controller.abort(STOPPED)
      await Promise.all(ended)
    },
  }
}
