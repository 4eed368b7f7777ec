import type { IncomingHttpHeaders } from 'node:http'
import type { PresentedCredential } from '../../core/identity/index.ts'

function fromAuthorization(header: string): string | undefined | { readonly malformed: string } {
  const [scheme = '', ...rest] = header.split(' ')
  const value = rest.join(' ').trim()
  if (/^bearer$/i.test(scheme) && value !== '') return value
  if (/^basic$/i.test(scheme)) {
    const decoded = Buffer.from(value, 'base64').toString('utf8')
    const colon = decoded.indexOf(':')
    if (colon >= 0) return decoded.slice(colon + 1)
  }
  return { malformed: 'Expected `Authorization: Bearer <key>` or Basic with the key as password.' }
}

/**
 * The one place where a client's credential is read, for every route and dialect: Bearer, Basic password,
 * `x-api-key`, `x-goog-api-key`. Query parameters end up in logs: `queryKey` is given for routes only whose clients know no other way.
 */
export function readCredential(headers: IncomingHttpHeaders, queryKey?: string): PresentedCredential {
  const found = new Set<string>(queryKey === undefined || queryKey === '' ? [] : [queryKey])
  if (headers.authorization !== undefined) {
    const value = fromAuthorization(headers.authorization)
    if (typeof value === 'object') return { kind: 'malformed', reason: value.malformed }
    if (value !== undefined) found.add(value)
  }
  for (const name of ['x-api-key', 'x-goog-api-key'] as const) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') found.add(value.trim())
  }
  const [first] = found
  if (first === undefined) return { kind: 'none' }
  return found.size > 1 ? { kind: 'conflicting' } : { kind: 'one', value: first }
}
