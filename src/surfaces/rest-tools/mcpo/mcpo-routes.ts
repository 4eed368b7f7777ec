import { GatewayError } from '../../../domain/errors.ts'
import type { ErrorRenderer, HttpRoute } from '../../http/index.ts'
import { answerMcpoPreflight } from './answer-mcpo-preflight.ts'
import type { McpoProfile } from './mcpo-profile.ts'

type Handle = HttpRoute['handle']

export interface McpoRoutesOptions {
  readonly profile: McpoProfile
  readonly renderError: ErrorRenderer
  readonly handlers: Readonly<Record<'call' | 'refuseMethod' | 'describe' | 'describeAll' | 'page' | 'withSlash' | 'withoutSlash', Handle>>
}

const refuse = (allowed: readonly string[]): Handle => ({ method }) => {
  throw new GatewayError('method_not_allowed', `Expected ${allowed.join(' or ')}, got ${method}.`, { details: { allowed } })
}

const refuseAll: Handle = ({ method, url }) => {
  throw new GatewayError('not_found', `Nothing is served at ${method} ${url?.split('?', 1)[0]}.`)
}

/**
 * The addresses of the profile. Each answers for every method, and preflights as mcpo does. mcpo says that a method is wrong before it
 * asks for a key, unless `--strict-auth` asks for it first.
 */
export function mcpoRoutes({ profile, renderError, handlers }: McpoRoutesOptions): readonly HttpRoute[] {
  const { call, refuseMethod, describe, describeAll, page, withSlash, withoutSlash } = handlers
  const policy = profile.strictAuth ? 'tools:use' : 'anyone'
  const route = (method: HttpRoute['method'], path: string, handle: Handle, other: Handle, own: HttpRoute['policy'] = policy): HttpRoute => ({
    method,
    path,
    policy: own,
    renderError,
    handle,
    own: { otherMethod: { policy, handle: other }, preflight: answerMcpoPreflight },
  })
  const readable = refuse(['GET', 'HEAD'])
  const shown = (path: string, handle: Handle): readonly HttpRoute[] => [route('GET', path, handle, readable), route('GET', `${path}/`, withoutSlash, withoutSlash)]
  const below = profile.server === undefined ? `${profile.prefix}{server}` : ''
  const servers = profile.server === undefined ? [...shown(`${below}/openapi.json`, describe), ...shown(`${below}/docs`, page)] : []
  const nothing = [...(profile.server === undefined ? [route('GET', below, withSlash, withSlash)] : []), route('GET', '/', refuseAll, refuseAll), route('GET', '/{path+}', refuseAll, refuseAll)]
  return [
    ...shown('/openapi.json', profile.server === undefined ? describeAll : describe),
    ...shown('/docs', page),
    ...servers,
    route('POST', `${below}/{tool}`, call, refuseMethod, 'tools:use'),
    route('POST', `${below}/{tool}/`, withoutSlash, withoutSlash),
    ...(profile.alone ? nothing : []),
  ]
}
