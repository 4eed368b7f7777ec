import type { IncomingMessage, ServerResponse } from 'node:http'

const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']

/** What a page asks for and does not get, in the order in which mcpo’s middleware looks. */
function refusals({ headers }: IncomingMessage, isAllowed: boolean): readonly string[] {
  const method = headers['access-control-request-method'] ?? ''
  return [
    ...(isAllowed ? [] : ['origin']),
    ...(METHODS.includes(method) ? [] : ['method']),
    ...(headers['access-control-request-private-network'] === 'true' ? ['private-network'] : []),
  ]
}

/**
 * Answers a preflight as mcpo’s middleware does. Credentials are only allowed to pages that are named: with every page allowed, a foreign
 * one could use the key that a browser keeps after it was asked for Basic.
 * @see https://www.starlette.io/middleware/#corsmiddleware
 */
export function answerMcpoPreflight(request: IncomingMessage, response: ServerResponse, corsOrigins: readonly string[]): void {
  const { origin = '', 'access-control-request-headers': wanted } = request.headers
  const isNamed = corsOrigins.includes(origin)
  const isAllowed = isNamed || corsOrigins.includes('*')
  const refused = refusals(request, isAllowed)
  const body = refused.length === 0 ? 'OK' : `Disallowed CORS ${refused.join(', ')}`
  response.removeHeader('access-control-expose-headers')
  response.writeHead(refused.length === 0 ? 200 : 400, {
    vary: 'Origin',
    'access-control-allow-methods': METHODS.join(', '),
    'access-control-max-age': '600',
    ...(isNamed || !isAllowed ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(isAllowed ? { 'access-control-allow-origin': origin } : {}),
    ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
