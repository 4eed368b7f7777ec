import { Pool } from 'undici'
import { runExchange, type AnswerReader, type ExchangeContext, type HttpAsk, type HttpExchange } from './http-exchange.ts'

/** A request whose path, unless given, is the endpoint's own. */
export type EndpointAsk = Omit<HttpAsk, 'path'> & { readonly path?: string }

/** One MCP address. It sends bytes and reads messages; it knows no sessions and no eras, and follows redirects only within its origin. */
export interface HttpEndpoint extends AsyncDisposable {
  readonly url: URL
  ask(ask: EndpointAsk, reader: AnswerReader): HttpExchange
}

export interface HttpEndpointOptions {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly messageBytes: number
  readonly connectMs: number
}

/** Where a redirect leads, when that is on the origin that was configured: credentials do not go anywhere else. */
function readRedirect(url: URL, from: string, status: number, location: unknown): string | undefined {
  if (![301, 302, 307, 308].includes(status) || typeof location !== 'string') return undefined
  const base = new URL(from, url)
  const target = URL.canParse(location, base.href) ? new URL(location, base) : undefined
  return target?.origin === url.origin ? `${target.pathname}${target.search}` : undefined
}

export function createHttpEndpoint({ url, headers, messageBytes, connectMs }: HttpEndpointOptions): HttpEndpoint {
  // Both of undici's own timers end long calls and quiet streams after 300 s; calls have their own deadlines.
  const dispatcher = new Pool(url.origin, { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectMs } })
  let ownPath = `${url.pathname}${url.search}`
  const context: ExchangeContext = {
    dispatcher,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    messageBytes,
    redirect(asked, status, answered) {
      const path = readRedirect(url, asked.path, status, answered['location'])
      const isForGood = status === 301 || status === 308
      if (path !== undefined && isForGood && asked.path === ownPath) ownPath = path
      return path
    },
  }
  return {
    url,
    ask: (asked, reader) => runExchange(context, { ...asked, path: asked.path ?? ownPath }, reader),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}
