import { GatewayError } from '../../domain/errors.ts'
import type { HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'] as const

const refuse = (asked: string): never => {
  throw new GatewayError('not_found', `The gateway serves models here, and no \`${asked.slice(0, 80)}\`.`)
}

/** `oai/gpt-5:generateContent`: Google’s first JavaScript SDK takes a name with a slash for the whole resource. */
const isBareCall = (rest: string): boolean => /^[^/:]+\/.+:(?:generateContent|streamGenerateContent|countTokens)$/.test(rest)

/**
 * What is below `/v1beta` and not below its `models`: calls of a model that is named without it, and files, caches and
 * what else Google keeps for its clients. Nobody keeps it here, and the client is told in its own dialect.
 */
export function createMissingRoutes(bareCall: HttpRoute): readonly HttpRoute[] {
  const missing = ['/v1beta/{call+}', '/upload/v1beta/{call+}'].flatMap((path) =>
    METHODS.map((method) => ({
      method,
      path,
      policy: 'models:use' as const,
      renderError,
      takesKeyInQuery: true as const,
      handle: (_request, _response, { params }) => refuse(params['call'] ?? ''),
    }) satisfies HttpRoute),
  )
  const others = missing.filter(({ method, path }) => method !== bareCall.method || path !== bareCall.path)
  const call: HttpRoute = {
    ...bareCall,
    handle: (request, response, context) => (isBareCall(context.params['call'] ?? '') ? bareCall.handle(request, response, context) : refuse(context.params['call'] ?? '')),
  }
  return [call, ...others]
}
