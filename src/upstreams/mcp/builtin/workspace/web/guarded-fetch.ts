import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, fetch, type Response } from 'undici'
import type { WorkspaceWeb } from '../../../../../domain/workspace.ts'
import { ToolFailureError } from '../tool-failure.ts'
import { createAddressGuard } from './address-guard.ts'

/** All addresses of a name. */
export type ResolveName = (name: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void

export interface FetchedPage {
  readonly url: URL
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/** Another host, where nobody has been yet. */
export interface LedElsewhere {
  readonly status: number
  readonly location: URL
}

/** Gets public pages. Each connection goes to an address that was judged, whatever the name resolves to a moment later. */
export interface GuardedFetch extends AsyncDisposable {
  /** Follows redirects on the same host only. */
  get(url: URL, signal: AbortSignal): Promise<FetchedPage | LedElsewhere>
  /** Throws `ToolFailureError` when this address may not be asked for. */
  check(url: URL): void
}

const MOST_REDIRECTS = 5
const HEADERS = { accept: 'text/markdown, text/html;q=0.9, text/*;q=0.8, application/json;q=0.8, */*;q=0.1', 'user-agent': 'Trunkline workspace' }

const isWithin = (host: string, domains: readonly string[]): boolean => domains.some((domain) => host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`))

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

const resolveBySystem: ResolveName = (name, done) => systemLookup(name, { all: true }, done)

class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError'
}

async function readBody(answer: Response, mostBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body ?? []) {
    const bytes = piece as Uint8Array
    size += bytes.length
    // What counts is what comes out of decompression. Leaving the loop cancels the stream.
    if (size > mostBytes) throw new ToolFailureError(`The page is longer than ${mostBytes} bytes (\`web.maxBytes\`).`)
    pieces.push(bytes)
  }
  return Buffer.concat(pieces)
}

function failureOf(error: unknown, url: URL): Error {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ToolFailureError) return at
    if (at instanceof RefusedAddressError) return new ToolFailureError(at.message, { cause: error })
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return new ToolFailureError(`${url.host} did not answer: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause: error })
}

export function createGuardedFetch(web: Pick<WorkspaceWeb, 'allowDomains' | 'denyDomains' | 'allowAddresses' | 'maxBytes' | 'timeoutMs'>, resolveName: ResolveName = resolveBySystem): GuardedFetch {
  const guard = createAddressGuard(web.allowAddresses)
  const refuseAddress = (host: string): string => `Refused: ${host} is not a public address (\`web.allowAddresses\`).`

  const lookup: LookupFunction = (name, options, done) => {
    resolveName(name, (error, addresses) => {
      if (error) return done(error, '', 0)
      const [first] = addresses
      // One address inside is enough to refuse: which of them is taken is not ours to say.
      if (!first || addresses.some(({ address }) => !guard.isAllowed(address))) return done(new RefusedAddressError(refuseAddress(name)), '', 0)
      if (options.all) return done(null, [...addresses])
      return done(null, first.address, first.family)
    })
  }
  const agent = new Agent({ connect: { lookup, timeout: web.timeoutMs }, headersTimeout: web.timeoutMs, bodyTimeout: web.timeoutMs, maxResponseSize: web.maxBytes })

  function check(url: URL): void {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ToolFailureError('Refused: expected an http or https address.')
    if (url.username !== '' || url.password !== '') throw new ToolFailureError('Refused: the address holds a user or a password.')
    const host = hostOf(url)
    if (isWithin(host, web.denyDomains)) throw new ToolFailureError(`Refused: ${host} is denied (\`web.denyDomains\`).`)
    if (web.allowDomains && !isWithin(host, web.allowDomains)) throw new ToolFailureError(`Refused: ${host} is not allowed (\`web.allowDomains\`).`)
    // An address is connected to as it is, without a lookup.
    if (isIP(host) !== 0 && !guard.isAllowed(host)) throw new ToolFailureError(refuseAddress(host))
  }

  async function get(start: URL, outer: AbortSignal): Promise<FetchedPage | LedElsewhere> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(web.timeoutMs)])
    let url = start
    for (let count = 0; ; count++) {
      check(url)
      const answer = await fetch(url, { dispatcher: agent, redirect: 'manual', headers: HEADERS, signal })
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status > 399 || location === null) {
        return { url, status: answer.status, contentType: answer.headers.get('content-type') ?? '', body: await readBody(answer, web.maxBytes) }
      }
      await answer.body?.cancel()
      const next = URL.parse(location, url.href)
      if (!next) throw new ToolFailureError('The page redirects to something that is no address.')
      check(next)
      if (next.host !== url.host) return { status: answer.status, location: next }
      if (count >= MOST_REDIRECTS) throw new ToolFailureError('The page redirects too often.')
      url = next
    }
  }

  return {
    check,
    async get(url, signal) {
      try {
        return await get(url, signal)
      } catch (error) {
        signal.throwIfAborted()
        throw failureOf(error, url)
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
