import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../domain/errors.ts'
import { checkHost, type GuardOptions } from './guards.ts'

/** The target without its query. */
export function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  return mark < 0 ? target : target.slice(0, mark)
}

/** Counted in the raw headers: `headers` holds only the first of two. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}

/** Throws `host_not_allowed`. */
export function checkRequestHost(request: IncomingMessage, guards: GuardOptions): void {
  if (countHosts(request.rawHeaders) !== 1) throw new GatewayError('host_not_allowed', 'Expected exactly one `Host` header.')
  checkHost(request.headers.host, guards)
}
