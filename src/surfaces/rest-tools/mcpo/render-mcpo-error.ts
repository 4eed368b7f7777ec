import { type ErrorAnswer, type ErrorRenderer, readCredential } from '../../http/index.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

const say = (status: number, detail: string, headers: Readonly<Record<string, string>> = {}): ErrorAnswer => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify({ detail }),
})

const NOT_FOUND: ReadonlySet<string> = new Set(['not_found', 'unknown_server', 'unknown_capability'])

/**
 * mcpo tells a missing key (401) from a wrong one (403). What it has no answer for carries the gateway’s own code, so
 * that a server that is down says why.
 */
export function createMcpoErrorRenderer(challenge: 'Bearer' | 'Bearer, Basic'): ErrorRenderer {
  return (error, requestId, headers) => {
    const { kind } = readCredential(headers)
    if (error.code === 'unauthenticated' && kind === 'one') return say(403, 'Invalid API key')
    if (error.code === 'unauthenticated' || (error.code === 'invalid_request' && kind === 'malformed')) {
      return say(401, 'Missing or invalid Authorization header', { 'www-authenticate': challenge })
    }
    if (NOT_FOUND.has(error.code)) return say(404, 'Not Found')
    if (error.code === 'method_not_allowed') return say(405, 'Method Not Allowed')
    return { headers: JSON_TYPE, body: JSON.stringify({ detail: { message: error.message, data: { code: error.code, requestId } } }) }
  }
}
