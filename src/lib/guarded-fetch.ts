import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, fetch, type Response } from 'undici'
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

export interface GuardedFetchOptions {
  /** Only these domains and what is below them; any without it. */
  readonly allowDomains: readonly string[] | undefined
  readonly denyDomains: readonly string[]
  /** Addresses and networks that are allowed though they are not public. */
  readonly allowAddresses: readonly string[]
  readonly maxBytes: number
  readonly timeoutMs: number
  /** Where these options are set, for what is said of a refusal: `web` for `web.maxBytes`. */
  readonly setting: string
  readonly userAgent: string
  /** The system's resolver without it. */
  readonly resolveName?: ResolveName | undefined
}

/** Why a page was not got. The message may be shown: it names no address that was not given. */
export class GuardedFetchError extends Error {
  override readonly name = 'GuardedFetchError'
}

/** Gets public pages. Each connection goes to an address that was judged, whatever the name resolves to a moment later. */
export interface GuardedFetch extends AsyncDisposable {
  /** Follows redirects on the same host only. */
  get(url: URL, signal: AbortSignal): Promise<FetchedPage | LedElsewhere>
  /** Throws `GuardedFetchError` when this address may not be asked for. */
  check(url: URL): void
}

const MOST_REDIRECTS = 5
const ACCEPT = 'text/markdown, text/html;q=0.9, text/*;q=0.8, application/json;q=0.8, */*;q=0.1'

const isWithin = (host: string, domains: readonly string[]): boolean => domains.some((domain) => host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`))

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

const resolveBySystem: ResolveName = (name, done) => systemLookup(name, { all: true }, done)

class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError'
}

async function readBody(answer: Response, { maxBytes, setting }: GuardedFetchOptions): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body ?? []) {
    const bytes = piece as Uint8Array
    size += bytes.length
    // What counts is what comes out of decompression. Leaving the loop cancels the stream.
    if (size > maxBytes) throw new GuardedFetchError(`The page is longer than ${maxBytes} bytes (\`${setting}.maxBytes\`).`)
    pieces.push(bytes)
  }
  return Buffer.concat(pieces)
}

function failureOf(error: unknown, url: URL): Error {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof GuardedFetchError) return at
    if (at instanceof RefusedAddressError) return new GuardedFetchError(at.message, { cause: error })
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return new GuardedFetchError(`${url.host} did not answer: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause: error })
}

export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { allowDomains, denyDomains, allowAddresses, maxBytes, timeoutMs, setting, userAgent, resolveName = resolveBySystem } = options
  const guard = createAddressGuard(allowAddresses)
  const refuseAddress = (host: string): string => `Refused: ${host} is not a public address (\`${setting}.allowAddresses\`).`

  const lookup: LookupFunction = (name, lookupOptions, done) => {
    resolveName(name, (error, addresses) => {
      if (error) return done(error, '', 0)
      const [first] = addresses
      // One address inside is enough to refuse: which of them is taken is not ours to say.
      if (!first || addresses.some(({ address }) => !guard.isAllowed(address))) return done(new RefusedAddressError(refuseAddress(name)), '', 0)
      if (lookupOptions.all) return done(null, [...addresses])
      return done(null, first.address, first.family)
    })
  }
  const agent = new Agent({ connect: { lookup, timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: maxBytes })

  function check(url: URL): void {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new GuardedFetchError('Refused: expected an http or https address.')
    if (url.username !== '' || url.password !== '') throw new GuardedFetchError('Refused: the address holds a user or a password.')
    const host = hostOf(url)
    if (isWithin(host, denyDomains)) throw new GuardedFetchError(`Refused: ${host} is denied (\`${setting}.denyDomains\`).`)
    if (allowDomains && !isWithin(host, allowDomains)) throw new GuardedFetchError(`Refused: ${host} is not allowed (\`${setting}.allowDomains\`).`)
    // An address is connected to as it is, without a lookup.
    if (isIP(host) !== 0 && !guard.isAllowed(host)) throw new GuardedFetchError(refuseAddress(host))
  }

  async function get(start: URL, outer: AbortSignal): Promise<FetchedPage | LedElsewhere> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(timeoutMs)])
    let url = start
    for (let count = 0; ; count++) {
      check(url)
      const answer = await fetch(url, { dispatcher: agent, redirect: 'manual', headers: { accept: ACCEPT, 'user-agent': userAgent }, signal })
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status > 399 || location === null) {
        return { url, status: answer.status, contentType: answer.headers.get('content-type') ?? '', body: await readBody(answer, options) }
      }
      await answer.body?.cancel()
      const next = URL.parse(location, url.href)
      if (!next) throw new GuardedFetchError('The page redirects to something that is no address.')
      check(next)
      if (next.host !== url.host) return { status: answer.status, location: next }
      if (count >= MOST_REDIRECTS) throw new GuardedFetchError('The page redirects too often.')
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
