import { putHistory, readStorageWish } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { ExchangeRequest } from '../exchange/index.ts'
import { findResponse, previousNotFound, readHistory, type Finder } from './find-response.ts'

/** What a request refers to is put into it when it is stored here; a provider that has it is the only one to ask. */
export async function resolveRequest(finder: Finder, request: ExchangeRequest): Promise<ExchangeRequest> {
  const { previousId } = readStorageWish(request.body)
  if (previousId === undefined) return request
  const { id: principal } = request.principal
  const previous = await findResponse(finder, previousId, principal)
  if (!previous) throw previousNotFound(previousId)
  if (previous.place === 'provider') return { ...request, onlyProvider: previous.provider as ProviderId }
  if (previous.status === 'queued' || previous.status === 'in_progress') {
    throw new GatewayError('invalid_request', 'The previous response has not ended yet.', { details: { param: 'previous_response_id' } })
  }
  const history = await readHistory(finder, previousId, principal)
  return { ...request, body: putHistory(request.body, history), echo: { ...request.echo, previous_response_id: previousId } }
}
