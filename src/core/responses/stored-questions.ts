import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { StoredResponse } from '../../storage/index.ts'
import type { ExchangeClient, ExchangeService } from '../exchange/index.ts'
import type { BackgroundRuns } from './background-runs.ts'
import { readInput, requireResponse, type Finder } from './find-response.ts'
import { pageItems } from './page-items.ts'
import type { ResponseQuestion, Responses } from './responses.ts'

export interface QuestionDeps {
  readonly finder: Finder
  readonly exchanges: ExchangeService
  readonly runs: BackgroundRuns
}

const refuse = (message: string, param: string): GatewayError => new GatewayError('invalid_request', message, { details: { param } })

/** Answers from the record, or hands the question to the provider that has the response. */
export function createStoredQuestions({ finder, exchanges, runs }: QuestionDeps): Pick<Responses, 'retrieve' | 'remove' | 'cancel' | 'listInput'> {
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
        if (question.query.get('stream') === 'true') throw refuse('The events of this response were not kept; ask for it without `stream`.', 'stream')
        return bodyOf(response)
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
