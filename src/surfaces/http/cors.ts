import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOrigin, type GuardOptions } from './guards.ts'

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

export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined && headers.origin !== undefined
}

/** Answers a preflight of an allowed origin; the guards refuse anything else. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse, options: GuardOptions & { readonly corsOrigins: readonly string[] }): void {
  const { origin = '', 'access-control-request-headers': wanted = '' } = request.headers
  checkOrigin(origin, options)
  if (allows(options.corsOrigins, origin)) {
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE, HEAD')
    response.setHeader('access-control-allow-headers', wanted)
    response.setHeader('access-control-max-age', '600')
  }
  response.writeHead(204).end()
}
