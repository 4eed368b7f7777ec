import { isJsonObject, type JsonObject } from '../../../lib/json.ts'
import type { BuiltRequest } from './build-request.ts'
import { dereference } from './collect-schema.ts'

function addOne(request: BuiltRequest, scheme: JsonObject, secret: string): void {
  const { url, headers } = request
  const name = typeof scheme['name'] === 'string' ? scheme['name'] : ''
  if (scheme['type'] === 'apiKey') {
    if (scheme['in'] === 'query') url.searchParams.set(name, secret)
    else if (scheme['in'] === 'cookie') headers.set('cookie', [headers.get('cookie'), `${name}=${secret}`].filter(Boolean).join('; '))
    else headers.set(name, secret)
    return
  }
  const kind = scheme['scheme']
  const isBasic = scheme['type'] === 'http' && typeof kind === 'string' && kind.toLowerCase() === 'basic'
  headers.set('authorization', isBasic ? `Basic ${Buffer.from(secret).toString('base64')}` : `Bearer ${secret}`)
}

/**
 * Adds what the first alternative needs that the configuration has whole. Secrets come from the configuration alone, never
 * from arguments. With none of them the request goes without, and the API says what it thinks of that.
 */
export function addCredentials(request: BuiltRequest, document: JsonObject, security: readonly (readonly string[])[], secrets: Readonly<Record<string, string>>): void {
  const components = document['components']
  const schemes = isJsonObject(components) && isJsonObject(components['securitySchemes']) ? components['securitySchemes'] : {}
  const chosen = security.find((needed) => needed.length > 0 && needed.every((name) => Object.hasOwn(secrets, name)))
  for (const name of chosen ?? []) {
    const scheme = dereference(document, schemes[name])
    const secret = secrets[name]
    if (scheme && secret !== undefined) addOne(request, scheme, secret)
  }
}
