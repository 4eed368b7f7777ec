import type { ServerResponse } from 'node:http'
import { asGatewayError } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ErrorRenderer } from './surface.ts'

const LINGER_MS = 1000

/** Reads on for a moment without keeping anything: closing at once would reset the connection and take the answer with it. */
function endAfterLingering(response: ServerResponse): void {
  const { req: request } = response
  const end = (): void => {
    clearTimeout(timer)
    if (!response.writableEnded) response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  request.once('end', end).once('close', end)
  request.resume()
}

/**
 * Answers with a failure in the surface's own shape. After the answer has begun nothing can be said in it any more:
 * the connection is cut, so that the client does not take the part for the whole.
 */
export function sendError(response: ServerResponse, thrown: unknown, render: ErrorRenderer, requestId: string, logger: Logger): void {
  const error = asGatewayError(thrown)
  if (error.code === 'internal') logger.error({ err: error.cause ?? error }, 'unexpected failure')
  if (response.headersSent) return void response.destroy()
  if (response.destroyed) return
  const { status = error.status, headers, body } = render(error, requestId, response.req.headers)
  const { complete } = response.req
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(error.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) }),
    ...(complete ? {} : { connection: 'close' }),
    ...headers,
  })
  if (complete) return void response.end(body)
  response.write(body)
  endAfterLingering(response)
}
