import { GatewayError } from '../../../domain/errors.ts'
import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import { collectAnswer } from '../shared/collect-answer.ts'
import type { HttpTransport } from '../shared/http-transport.ts'
import type { ListedModel } from '../upstream.ts'

const LIST_DEADLINE_MS = 5_000
const MAX_LIST_BYTES = 8 * 1024 * 1024

/** `{"object":"list","data":[{"id":"…","created":1700000000}]}`; some servers answer with the bare array. */
function readList(value: JsonValue): readonly ListedModel[] | undefined {
  const entries = isJsonObject(value) ? value['data'] : value
  if (!Array.isArray(entries)) return undefined
  return entries.flatMap((entry: JsonValue): readonly ListedModel[] => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string') return []
    const { id, created } = entry
    return [typeof created === 'number' ? { id: entry['id'], created } : { id: id as string }]
  })
}

/** Asks the provider for its models. Throws a `GatewayError` that names what came instead. */
export async function fetchModels(
  provider: string,
  transport: HttpTransport,
  headers: Readonly<Record<string, string>>,
): Promise<readonly ListedModel[]> {
  const signal = AbortSignal.timeout(LIST_DEADLINE_MS)
  const request = { method: 'GET', path: '/models', headers, body: [], signal } as const
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
  if (!models) throw new GatewayError('upstream_protocol', `Provider \`${provider}\` sent a model list without \`data\`.`)
  return models
}
