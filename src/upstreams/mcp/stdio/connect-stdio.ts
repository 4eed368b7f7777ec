import { randomUUID } from 'node:crypto'
import type { McpEra, McpServerDefinition } from '../../../domain/mcp-server.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { ConnectError, type Connection, type ConnectionEvents, type Connector, type Loss } from '../connection.ts'
import { createEnvelopes } from '../handshake/envelopes.ts'
import { isRefused } from '../handshake/is-refused.ts'
import { keepListening } from '../handshake/keep-listening.ts'
import type { ClientInfo } from '../handshake/requests.ts'
import { createPeerConnection } from '../peer-connection.ts'
import type { OwnRoots } from '../peer/own-roots.ts'
import { createGuardian, type Guardian } from '../processes/guardian.ts'
import { startModestly } from '../processes/start-modestly.ts'
import type { Timing } from '../supervisor/timing.ts'
import type { ServerHello } from '../upstream.ts'
import { agreeEra } from './agree-era.ts'
import { createChildLink, type ChildLink } from './child-link.ts'
import { childEnvironment, OWNER_VARIABLE } from './child-environment.ts'
import type { StdioDefinition } from './spawn-child.ts'
import { readMeasured } from './read-measured.ts'
import { createStderrRing } from './stderr-ring.ts'
import { superviseChild, type SupervisedChild } from './supervised-child.ts'

export interface StdioConnectorDeps {
  readonly roots?: OwnRoots | undefined
  readonly logger: Logger
  readonly clientInfo: ClientInfo
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stateDirectory: string | undefined
  readonly timing: Timing
  readonly nextId: () => number
  /** It is the second connection of a server that has one already: a refused handshake is an answer, and no reason to try again. */
  readonly isTwin?: boolean | undefined
}

/** A program may have become one of the other era, which dies of what the old one understood. */
const DEATHS_UNTIL_FORGOTTEN = 2

interface Opening {
  readonly child: SupervisedChild
  readonly link: ChildLink
  /** Rejects when the child is lost before the handshake is done. */
  readonly lost: Promise<never>
  /** From now on a loss goes to the owner. */
  handOver(): void
}

/** Starts the server's program and agrees on an era, which it remembers: a probe that killed a server is not tried on it again. */
export function createStdioConnector(definition: McpServerDefinition, transport: StdioDefinition, deps: StdioConnectorDeps): Connector {
  const { logger, clientInfo, environment, stateDirectory, timing, nextId } = deps
  const server: string = definition.id
  const owner = randomUUID()
  const envelopes = createEnvelopes(clientInfo)
  let verdict: McpEra | undefined
  /** Deaths in a row of a program whose era is known. */
  let deaths = 0
  let stderr = createStderrRing()
  let guardian: Guardian | undefined
  let starts = 0
  /** A child that failed its handshake takes its time to end; nobody has to wait for that but the next start. */
  let ending: Promise<void> = Promise.resolve()

  async function open(events: ConnectionEvents): Promise<Opening> {
    await ending
    guardian ??= createGuardian({ variable: OWNER_VARIABLE, owner, path: environment['PATH'], logger })
    const context = { server, owner, guardian, stateDirectory, timing, logger }
    const child = await superviseChild(transport, childEnvironment(environment, transport, owner), context)
    const { pid = 0 } = child.process
    const isAgain = starts++ > 0
    const modest = isAgain ? startModestly(pid, logger) : undefined
    if (modest) child.process.once('exit', () => modest.stop())
    const ring = createStderrRing()
    stderr = ring
    readMeasured(child.process.stderr, (chunk) => ring.push(chunk))
    child.process.stderr.on('error', (error) => logger.debug({ server, err: error }, 'reading stderr failed'))
    const early = Promise.withResolvers<never>()
    early.promise.catch(() => {})
    let isHandedOver = false
    const onLost = (loss: Loss): void => {
      if (isHandedOver) events.onLost(loss)
      else early.reject(new ConnectError(loss))
    }
    const messageBytes = definition.limits.messageBytes
    const link = createChildLink({ server, roots: deps.roots, child, stderr: ring, messageBytes, timing, logger, nextId, onChange: events.onChange, onLost })
    const handOver = (): void => {
      isHandedOver = true
      void modest?.succeed()
    }
    return { child, link, lost: early.promise, handOver }
  }

  function connection({ child, link }: Opening, hello: ServerHello, events: ConnectionEvents): Connection {
    const stop = new AbortController()
    if (hello.era === 'modern') {
      void keepListening({ peer: link.peer, hello, envelopes, onChange: events.onChange, signal: stop.signal, retryMs: timing.streamRetryMs, logger })
    }
    return createPeerConnection({
      peer: link.peer,
      hello: () => hello,
      envelopes,
      end(reason) {
        stop.abort()
        link.end(reason)
      },
      async dispose() {
        stop.abort()
        link.end('was stopped')
        await child[Symbol.asyncDispose]()
      },
    })
  }

  async function endQuietly(child: SupervisedChild): Promise<void> {
    try {
      await child[Symbol.asyncDispose]()
    } catch (error) {
      logger.error({ server, err: error }, 'ending a child failed')
    }
  }

  async function attempt(era: McpEra | 'auto', events: ConnectionEvents, signal: AbortSignal): Promise<Connection> {
    const opening = await open(events)
    const { peer } = opening.link
    try {
      const agreed = agreeEra({ peer, era, clientInfo, envelopes, signal, probeMs: timing.probeMs })
      const hello = await Promise.race([agreed, opening.lost])
      signal.throwIfAborted()
      verdict = hello.era
      deaths = 0
      opening.handOver()
      return connection(opening, hello, events)
    } catch (error) {
      opening.link.end('did not finish its handshake')
      ending = endQuietly(opening.child)
      if (error instanceof ConnectError) throw error
      throw new ConnectError({ kind: deps.isTwin === true && isRefused(error) ? 'fatal' : 'crash', reason: `refused the handshake: ${(error as Error).message}` }, { cause: error })
    }
  }

  return {
    async connect(events, signal) {
      const era = definition.era === 'auto' ? (verdict ?? 'auto') : definition.era
      try {
        return await attempt(era, events, signal)
      } catch (error) {
        if (definition.era !== 'auto') throw error
        const isCrash = error instanceof ConnectError && error.loss.kind === 'crash'
        const isRemembered = verdict !== undefined
        // It died before it answered, as it may have done in any era: to look for another at once would be one more start in vain.
        const isLost = isCrash && error.cause === undefined
        if (!isLost || ++deaths >= DEATHS_UNTIL_FORGOTTEN) verdict = undefined
        // Some SDK servers die on any message before `initialize`: start again and begin with that.
        if (isRemembered || !isCrash || signal.aborted) throw error
        return attempt('legacy', events, signal)
      }
    },
    stderrTail: () => stderr.text(),
    async [Symbol.asyncDispose]() {
      await ending
      await guardian?.[Symbol.asyncDispose]()
    },
  }
}
