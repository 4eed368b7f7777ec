import { randomUUID } from 'node:crypto'
import { readStorageWish, writeQueued } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ExchangeClient, ExchangeRequest } from '../exchange/index.ts'
import { tapAnswer } from './answer-tap.ts'
import { createBackgroundRuns, endResponse, type BackgroundRuns } from './background-runs.ts'
import { createEventLogs } from './event-logs.ts'
import type { Finder } from './find-response.ts'
import { resolveRequest } from './resolve-request.ts'
import { createResponseRecords, type Draft, type ResponseRecords } from './response-records.ts'
import type { Responses, ResponsesDeps } from './responses.ts'
import { DEFAULT_RESPONSE_SETTINGS } from './settings.ts'
import { createStoredQuestions } from './stored-questions.ts'
import { tellEvents } from './tell-events.ts'

const refuse = (message: string, param: string): GatewayError => new GatewayError('invalid_request', message, { details: { param } })

const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000)

function parseBody({ body }: ExchangeRequest): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(Buffer.concat(body.pieces).toString('utf8'))
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The request body is not valid JSON.', { cause })
  }
  return isJsonObject(value) ? value : {}
}

/** Answers at once, and goes on; a stream is told for as long as its client is there. */
async function startBackground(draft: Draft, named: ExchangeRequest, runs: BackgroundRuns, records: ResponseRecords, client: ExchangeClient): Promise<JsonText | undefined> {
  const { request, wish, id, createdAt, previousId } = draft
  if (!wish.stores) throw refuse('A response in the background has to be stored: leave out `store`, or set it to true.', 'store')
  const body = toJsonText(writeQueued(parseBody(request), { id, model: request.facts.model, createdAt: secondsOf(createdAt), previousId }))
  const log = await runs.start({ ...named, echo: { ...named.echo, background: true } }, records.queued(draft, body))
  if (!request.facts.stream) return body
  await tellEvents(log, { after: undefined, client, signal: request.signal, requestId: request.requestId })
  return undefined
}

export function createResponses(deps: ResponsesDeps): Responses {
  const { exchanges, store, logger, now = () => new Date() } = deps
  const settings = { ...DEFAULT_RESPONSE_SETTINGS, ...deps.settings }
  const finder: Finder = { store, now }
  const records = createResponseRecords({ store, logger, settings, now })
  const logs = createEventLogs(settings, now)
  const runs = createBackgroundRuns({ exchanges, save: (response) => records.save(response), runs: deps.runs, logs, logger, settings })
  return {
    ...createStoredQuestions({ finder, exchanges, runs, logs }),
    resolve: (request) => resolveRequest(finder, request),
    async answer(request, open) {
      const wish = readStorageWish(request.body)
      const resolved = await resolveRequest(finder, request)
      const previousId = resolved.body === request.body ? undefined : wish.previousId
      const draft: Draft = { id: `resp_${randomUUID().replaceAll('-', '')}`, createdAt: now(), request, wish, previousId }
      const named: ExchangeRequest = { ...resolved, echo: { created_at: secondsOf(draft.createdAt), ...resolved.echo, id: draft.id } }
      const native = wish.isBackground ? exchanges.nativeProvider(named) : undefined
      if (wish.isBackground && native === undefined) return startBackground(draft, named, runs, records, open(() => undefined))
      const tap = tapAnswer(open(() => tap.begun()), (told) => records.keep(draft, told))
      await exchanges.run(native === undefined ? named : { ...named, onlyProvider: native }, tap.client)
      await tap.settled()
      return undefined
    },
    async recover() {
      const lost = new GatewayError('upstream_interrupted', 'The gateway was restarted before this response was complete.')
      const unfinished = await store.listUnfinished()
      await runs.forgetBut(unfinished)
      for (const response of unfinished) {
        const goesOn = await runs.resume(response)
        if (!goesOn) await store.save(endResponse(response, lost))
      }
    },
    [Symbol.asyncDispose]: () => runs[Symbol.asyncDispose](),
  }
}
