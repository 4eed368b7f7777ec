import { isIP } from 'node:net'
import { GatewayError } from '../../domain/errors.ts'

export interface GuardOptions {
  /** The configured listening host. */
  readonly host: string
  /** `*` is any: for listeners beyond loopback that have keys to ask for. */
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
}

export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare)
}

/** The host part of a `Host` header, lower-case, without port; undefined when it is not one host. */
export function hostName(header: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header)
  return match?.[1]?.toLowerCase()
}

/**
 * Refuses names this gateway was not asked to answer to. A page that rebinds its name to a loopback address is stopped
 * here, whatever the route. Address literals cannot be rebound, so they pass where the gateway listens beyond loopback.
 */
export function checkHost(header: string | undefined, options: GuardOptions): void {
  const name = header === undefined ? undefined : hostName(header)
  if (name === undefined) throw new GatewayError('host_not_allowed', 'Expected one plain `Host` header.')
  if (isLoopbackHost(name) || options.allowedHosts.includes(name) || options.allowedHosts.includes('*')) return
  const bare = name.replace(/^\[|\]$/g, '')
  if (bare === options.host.toLowerCase()) return
  if (!isLoopbackHost(options.host) && isIP(bare) !== 0) return
  throw new GatewayError('host_not_allowed', `The host \`${name}\` is not allowed. Add it to \`server.allowedHosts\` to serve it.`)
}

/** Requests without an `Origin` come from no web page; pages may come from loopback and from configured origins only. */
export function checkOrigin(origin: string | undefined, options: GuardOptions): void {
  if (origin === undefined || options.allowedOrigins.includes(origin) || options.allowedOrigins.includes('*')) return
  const match = /^https?:\/\/([^/@\\?#]+)$/i.exec(origin)
  const name = match?.[1] === undefined ? undefined : hostName(match[1])
  if (name !== undefined && isLoopbackHost(name)) return
  throw new GatewayError('origin_not_allowed', 'Pages of this origin may not use this gateway. Add it to `server.allowedOrigins` to allow it.')
}

/** Throws unless a listener beyond loopback has keys to ask for, or its operator wrote down that it shall not. */
export function checkBinding(host: string, hasKeys: boolean, allowUnauthenticatedNetwork: boolean): void {
  if (isLoopbackHost(host) || hasKeys || allowUnauthenticatedNetwork) return
  throw new GatewayError(
    'config_invalid',
    `Refusing to listen on \`${host}\` without authentication: everybody who reaches this address could use your providers and tools. ` +
      'Set `auth.keys` (or the environment variable TRUNKLINE_API_KEY), or listen on 127.0.0.1, ' +
      'or state `server.allowUnauthenticatedNetwork: true`.',
  )
}
