import type { Readable, Writable } from 'node:stream'
import { narrowFilter, type CatalogFilter, type Selection } from '../../core/catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../../core/identity/index.ts'
import { createMcpEndpoint, oneLine, type McpEndpointDeps } from '../../core/mcp-endpoint/index.ts'
import { createSessions } from '../../core/sessions/index.ts'
import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import type { McpServerId } from '../../domain/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import { PassingSet } from '../../lib/passing-set.ts'
import type { Logger } from '../../telemetry/index.ts'
import { readLines } from './read-lines.ts'
import { createStdioConversation } from './stdio-conversation.ts'

export interface McpStdioDeps extends Omit<McpEndpointDeps, 'sessions'> {
  readonly input: Readable
  readonly output: Writable
  /** One server under its own names; every server under exposed names without it. */
  readonly server?: McpServerId | undefined
  /** What the client sees of that; everything without it. */
  readonly selection?: Selection | undefined
  /** How much of its tools is listed at once; the default of the configuration without it. */
  readonly mode?: DisclosureMode | undefined
  /** Where the client runs, as far as we know it; what the client says itself goes before it. */
  readonly context?: JsonObject | undefined
  readonly logger: Logger
}

/** MCP to one client on a pair of streams, in whichever era the client speaks. It serves our own parent process, so nobody is asked for a key. */
export interface McpStdio extends AsyncDisposable {
  /** Settles when the client closed its side and what it had asked was answered, or when either stream broke. Never rejects. */
  readonly closed: Promise<void>
}

const MAX_LINE_BYTES = 64 * 1024 * 1024
/** A client that reads so slowly loses progress and log messages, but no answer and no question. */
const MAX_PENDING_BYTES = 1_048_576
/** A script that pipes its requests in and closes at once still gets its answers. */
const LINGER_MS = 5_000

/** Throws a `SelectionError` for a server or a preset that is not there. */
export function createMcpStdio({ input, output, server, selection, mode, context, logger, ...deps }: McpStdioDeps): McpStdio {
  const sessions = createSessions({ idleMs: Number.POSITIVE_INFINITY, clock: Date })
  const endpoint = createMcpEndpoint({ ...deps, sessions, transport: 'stdio' })
  const base: CatalogFilter =
    server === undefined
      ? { servers: 'all', tags: undefined, naming: deps.catalog.naming }
      : { servers: [server], tags: undefined, naming: 'original' }
  const narrowed = narrowFilter(base, selection)
  const filter: CatalogFilter = mode === undefined ? narrowed : { ...narrowed, mode }
  endpoint.checkFilter(filter)
  const broken = Promise.withResolvers<void>()
  const closing = Promise.withResolvers<void>()
  let isClosed = false

  const write = (message: string): void => {
    if (isClosed || output.destroyed || output.writableEnded) return
    const isDroppable = message.startsWith('{"jsonrpc":"2.0","method"')
    if (isDroppable && output.writableLength > MAX_PENDING_BYTES) return
    output.write(`${oneLine(message)}\n`)
  }
  const conversation = createStdioConversation({ endpoint, filter, principal: LOCAL_PRINCIPAL, given: { isTrusted: true, header: undefined, derived: context }, logger, write })
  const onBroken = (error: Error): void => {
    logger.info({ err: error }, 'the client’s stream broke')
    broken.resolve()
  }
  output.on('error', onBroken)

  async function serve(): Promise<void> {
    const running = new PassingSet<Promise<void>>()
    for await (const line of readLines(input, MAX_LINE_BYTES)) {
      const leave = running.add(conversation.receive(line).finally(() => leave()))
    }
    const linger = Promise.withResolvers<void>()
    const timer = setTimeout(() => linger.resolve(), LINGER_MS)
    await Promise.race([Promise.all(running), linger.promise])
    clearTimeout(timer)
  }

  async function run(): Promise<void> {
    try {
      await Promise.race([serve(), broken.promise, closing.promise])
    } catch (error) {
      if (!isClosed) logger.warn({ err: error }, 'reading from the client failed')
    }
    isClosed = true
    output.off('error', onBroken)
    conversation[Symbol.dispose]()
    await endpoint[Symbol.asyncDispose]()
    await sessions[Symbol.asyncDispose]()
  }

  const closed = run()
  return {
    closed,
    async [Symbol.asyncDispose]() {
      closing.resolve()
      input.destroy()
      await closed
    },
  }
}
