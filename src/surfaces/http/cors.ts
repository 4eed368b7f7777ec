import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkHost, checkOrigin, type GuardOptions } from './guards.ts'

const EXPOSED = [
  'x-trunkline-request-id', 'x-trunkline-attempts', 'x-trunkline-target', 'x-trunkline-plan', 'x-trunkline-losses',
  'request-id', 'x-request-id', 'retry-after', 'mcp-session-id', 'mcp-protocol-version',
].join(', ')

const allows = (origins: readonly string[], origin: string): boolean => origins.includes(origin) || origins.includes('*')

/** Headers for pages of configured origins only; credentials are never allowed, keys travel in headers that scripts set. */
export function corsHeaders(request: IncomingMessage, origins: readonly string[]): readonly (readonly [string, string])[] {
  const { origin } = request.headers
  if (origin === undefined || !allows(origins, origin)) return []
  return [
    ['access-control-allow-origin', origin],
    ['vary', 'origin'],
    ['access-control-expose-headers', EXPOSED],
  ]
}

/** Answers a preflight of an allowed origin; anything else goes on to the guards, which refuse it. */
export function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  options: GuardOptions & { readonly corsOrigins: readonly string[] },
): boolean {
  const method = request.headers['access-control-request-method']
  const { origin } = request.headers
  if (request.method !== 'OPTIONS' || method === undefined || origin === undefined) return false
  checkHost(request.headers.host, options)
  checkOrigin(origin, options)
  if (allows(options.corsOrigins, origin)) {
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE, HEAD')
    response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '')
    response.setHeader('access-control-max-age', '600')
  }
  response.writeHead(204).end()
  return true
}
