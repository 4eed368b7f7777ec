import type { McpServerDefinition, McpTransportDefinition } from '../../../domain/mcp-server.ts'
import { ConnectError, type Connection, type ConnectionEvents, type Connector } from '../connection.ts'
import { createEnvelopes } from '../handshake/envelopes.ts'
import { connectSse } from '../sse/connect-sse.ts'
import { asConnectError, isRefusal, mayBeSse, probeHttpEra } from './agree-http.ts'
import { createHttpConversation, type HttpDeps } from './http-conversation.ts'
import { createHttpEndpoint, type HttpEndpoint } from './http-endpoint.ts'

export type HttpDefinition = Extract<McpTransportDefinition, { kind: 'http' | 'sse' }>

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && ['http:', 'https:'].includes(url.protocol)) return url
  throw new ConnectError({ kind: 'fatal', reason: `Expected \`url\` to be an http or https address, got \`${text}\`.` })
}

/** Reaches a server at an address: streamable HTTP of either era, or the older HTTP+SSE. It remembers which, until that fails. */
export function createHttpConnector(definition: McpServerDefinition, transport: HttpDefinition, deps: HttpDeps): Connector {
  const { clientInfo, isTwin = false } = deps
  const maySpeakSse = definition.era !== 'modern' && !isTwin
  const envelopes = createEnvelopes(clientInfo)
  let verdict: 'modern' | 'legacy' | 'sse' | undefined

  function createEndpoint(): HttpEndpoint {
    const url = readUrl(transport.url)
    const headers = { 'user-agent': `${clientInfo.name}/${clientInfo.version}`, ...transport.headers }
    return createHttpEndpoint({ url, headers, messageBytes: definition.limits.messageBytes, connectMs: definition.timeouts.connectMs })
  }

  const overSse = (events: ConnectionEvents, signal: AbortSignal): Promise<Connection> =>
    connectSse({ ...deps, definition, endpoint: createEndpoint(), envelopes, events, signal })

  async function overStreamable(events: ConnectionEvents, signal: AbortSignal): Promise<Connection | 'try-sse'> {
    const forgetting: ConnectionEvents = {
      ...events,
      onLost(loss) {
        if (loss.kind === 'stale') verdict = undefined
        events.onLost(loss)
      },
    }
    const conversation = createHttpConversation({ ...deps, definition, endpoint: createEndpoint(), envelopes, events: forgetting })
    try {
      const modern = verdict === 'legacy' || definition.era === 'legacy' ? undefined : await probeHttpEra(conversation.peer, envelopes.own, signal)
      if (!modern && definition.era === 'modern') {
        throw new ConnectError({ kind: 'fatal', reason: 'It does not serve revision 2026-07-28. Set `era: auto` or `era: legacy` for it.' })
      }
      const hello = modern ?? (await conversation.begin(signal))
      if (isTwin && !conversation.hasSession) throw new ConnectError({ kind: 'fatal', reason: 'It has no MCP sessions in the older era.' })
      const connection = conversation.open(hello)
      verdict = connection.hello.era
      return connection
    } catch (error) {
      await conversation.abort()
      if (maySpeakSse && mayBeSse(error) && !signal.aborted) return 'try-sse'
      throw error
    }
  }

  async function connect(events: ConnectionEvents, signal: AbortSignal): Promise<Connection> {
    if (transport.kind === 'sse' || verdict === 'sse') return overSse(events, signal)
    const connection = await overStreamable(events, signal)
    if (connection !== 'try-sse') return connection
    const older = await overSse(events, signal)
    verdict = 'sse'
    return older
  }

  return {
    async connect(events, signal) {
      try {
        return await connect(events, signal)
      } catch (error) {
        verdict = undefined
        const { loss } = asConnectError(error)
        throw new ConnectError(isTwin && isRefusal(error) ? { ...loss, kind: 'fatal' } : loss, { cause: error })
      }
    },
    stderrTail: () => '',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
