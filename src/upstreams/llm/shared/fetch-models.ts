import { GatewayError } from '../../../domain/errors.ts'
import type { JsonValue } from '../../../lib/json.ts'
import type { ListedModel, WireHeaders } from '../upstream.ts'
import { collectAnswer } from './collect-answer.ts'
import type { HttpTransport } from './http-transport.ts'

const LIST_DEADLINE_MS = 5_000
const MAX_LIST_BYTES = 8 * 1024 * 1024

export interface ModelQuestion {
  readonly provider: string
  readonly transport: HttpTransport
  readonly path: string
  readonly headers: WireHeaders
  /** Undefined when the answer is no list. */
  readList(answer: JsonValue): readonly ListedModel[] | undefined
}

/** Asks a provider for its models. Throws a `GatewayError` that names what came instead. */
export async function fetchModels({ provider, transport, path, headers, readList }: ModelQuestion): Promise<readonly ListedModel[]> {
  const signal = AbortSignal.timeout(LIST_DEADLINE_MS)
  const request = { method: 'GET', path, headers, body: [], signal } as const
  const { status, body } = await collectAnswer((sink) => transport.send(request, sink), MAX_LIST_BYTES)
  if (status !== 200) {
    throw new GatewayError('upstream_rejected', `Provider \`${provider}\` answered ${status} when asked for its models.`)
  }
  let models: readonly ListedModel[] | undefined
  try {
    models = readList(JSON.parse(body.toString('utf8')) as JsonValue)
  } catch (cause) {
    throw new GatewayError('upstream_protocol', `Provider \`${provider}\` sent a model list that is not JSON.`, { cause })
  }
  if (!models) throw new GatewayError('upstream_protocol', `Provider \`${provider}\` sent a model list without models.`)
  return models
}
