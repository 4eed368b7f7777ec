import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { CliError, EXIT, type ExitCode } from './cli-error.ts'
import type { GatewayAddress } from './gateway-address.ts'

export interface GatewayRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: JsonValue
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Talks HTTP to a running gateway. Failures are `CliError`s with the exit code that the command ends with. */
export interface GatewayClient {
  readonly url: string
  /** Any answer below 400; its body is still to be read. */
  send(request: GatewayRequest): Promise<Response>
  getJson(path: string, timeoutMs: number): Promise<JsonObject>
}

const EXIT_BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.unauthorized,
  403: EXIT.unauthorized,
  404: EXIT.notFound,
  408: EXIT.unreachable,
  409: EXIT.conflict,
  502: EXIT.unreachable,
  503: EXIT.unreachable,
  504: EXIT.unreachable,
}

const KEY_HINT = 'Set `TRUNKLINE_API_KEY`, or name a file that holds the key with `--key-file`.'

/** The sentence in whatever error shape a surface has: problem+json, OpenAI’s, JSON-RPC. */
function sentenceOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as JsonValue
    if (!isJsonObject(parsed)) return body
    const error = parsed['error']
    const candidates = [parsed['detail'], isJsonObject(error) ? error['message'] : error, parsed['message'], parsed['title']]
    return candidates.find((candidate) => typeof candidate === 'string') ?? body
  } catch {
    // No JSON: the text itself is the best there is.
    return body
  }
}

async function refusalOf(response: Response): Promise<CliError> {
  const body = (await response.text()).slice(0, 4096)
  const exitCode = EXIT_BY_STATUS[response.status] ?? EXIT.unexpected
  const requestId = response.headers.get('x-trunkline-request-id')
  return new CliError(exitCode, `http_${response.status}`, sentenceOf(body) || `The gateway answered ${response.status}.`, {
    ...(requestId === null ? {} : { requestId }),
    ...(response.status === 401 ? { hint: KEY_HINT } : {}),
  })
}

function failureOf(thrown: unknown, url: string, timeoutMs: number, signal: AbortSignal, startHint: string): CliError {
  if (signal.aborted) return new CliError(EXIT.interrupted, 'interrupted', 'Interrupted.')
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
    return new CliError(EXIT.unreachable, 'timeout', `No answer from ${url} within ${timeoutMs} ms.`, { cause: thrown })
  }
  const cause = (thrown as { cause?: NodeJS.ErrnoException }).cause
  return new CliError(EXIT.unreachable, 'unreachable', `No gateway answers at ${url}${cause?.code === undefined ? '' : ` (${cause.code})`}.`, { cause: thrown, hint: startHint })
}

export interface GatewayClientDeps {
  readonly address: GatewayAddress
  readonly signal: AbortSignal
  /** Said when nobody answers. */
  readonly startHint: string
}

export function createGatewayClient({ address, signal, startHint }: GatewayClientDeps): GatewayClient {
  const { url, key } = address
  const credentials: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key.reveal()}` }

  const send = async ({ method, path, body, headers, timeoutMs }: GatewayRequest): Promise<Response> => {
    let response: Response
    try {
      response = await fetch(`${url}${path}`, {
        method,
        // A redirect would carry the key somewhere else.
        redirect: 'error',
        headers: { ...credentials, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
    } catch (error) {
      throw failureOf(error, url, timeoutMs, signal, startHint)
    }
    if (response.status >= 400) throw await refusalOf(response)
    return response
  }

  return {
    url,
    send,
    async getJson(path, timeoutMs) {
      const response = await send({ method: 'GET', path, timeoutMs })
      const body = (await response.json().catch(() => null)) as JsonValue
      if (isJsonObject(body)) return body
      throw new CliError(EXIT.unreachable, 'not_a_gateway', `What answers at ${url} is no Trunkline gateway.`)
    },
  }
}
