import { Agent, fetch, type Response } from 'undici'
import { GatewayError } from '../../../../../domain/errors.ts'
import type { ManageRegistry } from '../../../../../domain/manage.ts'
import { readFoundEntry, registryPageSchema, type FoundEntry } from './registry-entry.ts'

export interface RegistryPage {
  readonly found: readonly FoundEntry[]
  /** Entries that are not as they have to be and so are not in `found`. */
  readonly malformed: number
  readonly nextCursor: string | undefined
}

export interface RegistryQuestion {
  readonly search: string | undefined
  readonly limit: number
  readonly cursor: string | undefined
}

/**
 * Asks a registry of MCP servers. Answers are data of strangers: bounded, checked, and never followed to another host.
 * It installs nothing. Throws `GatewayError`s with messages that may be shown.
 */
export interface RegistryClient extends AsyncDisposable {
  search(question: RegistryQuestion, signal: AbortSignal): Promise<RegistryPage>
  /** One version of an entry; `latest` is the newest. Throws `not_found`. */
  find(name: string, version: string, signal: AbortSignal): Promise<FoundEntry>
}

/** Deeper answers would cost more to read than they can say. */
const DEEPEST = 64

const broken = (what: string): GatewayError => new GatewayError('upstream_protocol', `The registry answered ${what}.`)

function refusal(status: number): GatewayError {
  if (status === 404) return new GatewayError('not_found', 'The registry does not have it.')
  if (status >= 300 && status < 400) return broken(`with a redirect (${status}), which is not followed: correct \`manage.registry.url\``)
  return broken(`with the status ${status}`)
}

function unreachable(host: string, error: unknown): GatewayError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : 'unknown'
  return new GatewayError('upstream_unavailable', `The registry at ${host} cannot be reached (${code}).`, { cause: error })
}

/** Counts brackets outside of texts, before anything parses them. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (inText) {
      if (letter === 0x5c) at++
      else if (letter === 0x22) inText = false
    } else if (letter === 0x22) inText = true
    else if (letter === 0x7b || letter === 0x5b) {
      if (++depth > DEEPEST) return true
    } else if (letter === 0x7d || letter === 0x5d) depth--
  }
  return false
}

async function readText(response: Response, most: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body ?? []) {
    const bytes = piece as Uint8Array
    size += bytes.length
    // Leaving the loop cancels the stream.
    if (size > most) throw broken(`more than ${most} bytes (\`manage.registry.maxBytes\`)`)
    pieces.push(bytes)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parse(text: string): unknown {
  if (isTooDeep(text)) throw broken('with something that is nested too deeply')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new GatewayError('upstream_protocol', 'The registry answered something that is no JSON.', { cause: error })
  }
}

export function createRegistryClient({ url, timeoutMs, maxBytes }: ManageRegistry): RegistryClient {
  const agent = new Agent({ connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  const base = url.replace(/\/+$/, '').replace(/\/v0(?:\.1)?$/, '')

  async function get(path: string, outer: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(`${base}/v0.1/${path}`, { dispatcher: agent, redirect: 'manual', headers: { accept: 'application/json' }, signal: AbortSignal.any([outer, timeout]) })
      if (response.status === 200) return parse(await readText(response, maxBytes))
      await response.body?.cancel()
      throw refusal(response.status)
    } catch (error) {
      if (error instanceof GatewayError) throw error
      outer.throwIfAborted()
      if (timeout.aborted) throw new GatewayError('upstream_timeout', `The registry did not answer within ${timeoutMs} ms (\`manage.registry.timeout\`).`, { cause: error })
      throw unreachable(new URL(base).host, error)
    }
  }

  return {
    async search({ search, limit, cursor }, signal) {
      const query = new URLSearchParams({ limit: String(limit), version: 'latest', ...(search === undefined ? {} : { search }), ...(cursor === undefined ? {} : { cursor }) })
      const page = registryPageSchema.safeParse(await get(`servers?${query.toString()}`, signal))
      if (!page.success) throw broken('something that is no list of servers')
      const { servers, metadata } = page.data
      const found = servers.slice(0, limit).flatMap((server) => readFoundEntry(server) ?? [])
      return { found, malformed: Math.min(servers.length, limit) - found.length, nextCursor: metadata?.nextCursor ?? undefined }
    },
    async find(name, version, signal) {
      const found = readFoundEntry(await get(`servers/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`, signal))
      if (!found) throw broken('an entry that is not as `server.json` has to be')
      if (found.entry.name !== name || (version !== 'latest' && found.entry.version !== version)) throw broken('another entry than the one that was asked for')
      return found
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
