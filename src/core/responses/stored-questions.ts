import { retellResponse } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { StoredResponse } from '../../storage/index.ts'
import type { ExchangeClient, ExchangeService } from '../exchange/index.ts'
import { RETOLD_FIRST, type BackgroundRuns } from './background-runs.ts'
import { EventLog } from './event-log.ts'
import type { EventLogs } from './event-logs.ts'
import { readInput, requireResponse, type Finder } from './find-response.ts'
import { pageItems } from './page-items.ts'
import type { ResponseQuestion, Responses } from './responses.ts'
import { tellEvents } from './tell-events.ts'

export interface QuestionDeps {
  readonly finder: Finder
  readonly exchanges: ExchangeService
  readonly runs: BackgroundRuns
  readonly logs: EventLogs
}

const refuse = (message: string, param: string): GatewayError => new GatewayError('invalid_request', message, { details: { param } })

/** Undefined for all events. */
function readStartingAfter(query: URLSearchParams): number | undefined {
  const written = query.get('starting_after')
  if (written === null) return undefined
  if (!/^\d{1,15}$/.test(written)) throw refuse(`Expected \`starting_after\` to be the \`sequence_number\` of an event, got \`${written.slice(0, 100)}\`.`, 'starting_after')
  return Number(written)
}

/** The events of a response of which nothing but the record is known. */
function retell({ body, isBackground }: StoredResponse): EventLog {
  const { created, begun, output, ended } = retellResponse(body ?? toJsonText({}))
  if (!ended) throw new GatewayError('upstream_interrupted', 'This response has not ended, and is not worked on any more.')
  const log = new EventLog(isBackground ? RETOLD_FIRST : 0)
  log.append([...created, ...begun, ...output])
  log.end(ended)
  return log
}

/** Answers from the record, or hands the question to the provider that has the response. */
export function createStoredQuestions({ finder, exchanges, runs, logs }: QuestionDeps): Pick<Responses, 'retrieve' | 'remove' | 'cancel' | 'listInput'> {
  const find = ({ id, principal }: ResponseQuestion): Promise<StoredResponse> => requireResponse(finder, id, principal.id)
  const bodyOf = ({ body }: StoredResponse): JsonText => body ?? toJsonText({})

  async function forward(question: ResponseQuestion, { provider, model }: StoredResponse, method: 'GET' | 'POST' | 'DELETE', suffix: string, client: ExchangeClient): Promise<number> {
    const { id, query, headers, signal } = question
    const stored = { method, path: `/${encodeURIComponent(id)}${suffix}${query.size > 0 ? `?${query.toString()}` : ''}` }
    return exchanges.askStored({ provider: provider as ProviderId, model, dialect: 'openai-responses', stored, headers, signal }, client)
  }

  return {
    async retrieve(question, client) {
      const response = await find(question)
      if (response.place === 'gateway') {
        if (question.query.get('stream') !== 'true') return bodyOf(response)
        const after = readStartingAfter(question.query)
        await tellEvents(logs.find(response.id) ?? retell(response), { after, client, signal: question.signal, requestId: question.requestId })
        return undefined
      }
      await forward(question, response, 'GET', '', client)
      return undefined
    },
    async remove(question, client) {
      const response = await find(question)
      if (response.place === 'provider') {
        const status = await forward(question, response, 'DELETE', '', client)
        if (status < 300) await finder.store.remove(response.id)
        return undefined
      }
      await runs.cancel(response.id)
      logs.remove(response.id)
      await finder.store.remove(response.id)
      return toJsonText({ id: response.id, object: 'response', deleted: true })
    },
    async cancel(question, client) {
      const response = await find(question)
      if (response.place === 'provider') {
        await forward(question, response, 'POST', '/cancel', client)
        return undefined
      }
      if (!response.isBackground) throw refuse('Only a response that runs in the background can be cancelled.', 'background')
      await runs.cancel(response.id)
      return bodyOf(await find(question))
    },
    async listInput(question, client) {
      const response = await find(question)
      if (response.place === 'gateway') return pageItems(await readInput(finder, response), response.id, question.query)
      await forward(question, response, 'GET', '/input_items', client)
      return undefined
    },
  }
}
