import { GatewayError } from '../../../domain/errors.ts'
import type { McpServerDefinition } from '../../../domain/mcp-server.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import type { Events, Logger } from '../../../telemetry/index.ts'
import { ConnectError, type Connection, type ConnectionEvents, type Connector, type Loss } from '../connection.ts'
import { UndeliveredError } from '../peer/undelivered-error.ts'
import type { McpCall, McpUpstream, UpstreamStatus } from '../upstream.ts'
import { backOffMs } from './back-off.ts'
import { explainUnavailable } from './explain-unavailable.ts'
import type { StartGate } from './start-gate.ts'
import { createStatusHolder } from './status-holder.ts'
import type { Timing } from './timing.ts'
import { watchHealth, type HealthWatch } from './watch-health.ts'

export interface SupervisorDeps {
  readonly definition: McpServerDefinition
  readonly connector: Connector
  readonly logger: Logger
  readonly events: Events
  readonly timing: Timing
  /** For processes; the others start at once. */
  readonly startGate?: StartGate | undefined
}

/**
 * What each wait is to the one before. To ask an address again costs next to nothing; to start a program again takes some tenths of a
 * second of a processor from its neighbours: the waits are 0.5, 4, 32 and 60 s, so that the fifth crash still falls within two minutes.
 */
const GROWTH = { crash: 8, outage: 2 } as const

/** One try to reach the server, from its start to whatever ended it. Only the newest may change the status. */
interface Attempt {
  readonly stop: AbortController
  connection: Connection | undefined
  health: HealthWatch | undefined
  /** Settles when nothing of it is left. */
  gone: Promise<void>
}

/** Keeps one server connected: start, deadline, back-off, crash limit, health, restart. It carries calls, and repeats one only if it was never delivered. */
export function superviseUpstream({ definition, connector, logger, events, timing, startGate }: SupervisorDeps): McpUpstream {
  const { id, timeouts } = definition
  const status = createStatusHolder(id, events, (error) => logger.error({ server: id, err: error }, 'a listener for status changes threw'))
  /** What it is when a server does not answer: a process may be in a crash loop, an address is only away. */
  const hurt = definition.transport.kind === 'stdio' ? 'crash' : 'outage'
  let attempt: Attempt | undefined
  let timer: NodeJS.Timeout | undefined
  let disposed: Promise<void> | undefined
  let failures = 0
  let readySince = 0
  let crashes: readonly number[] = []

  function endAttempt(ended: Attempt, reason: string): void {
    ended.stop.abort()
    ended.health?.[Symbol.dispose]()
    const { connection } = ended
    if (!connection) return
    ended.connection = undefined
    connection.end(reason)
    ended.gone = ended.gone
      .then(() => connection[Symbol.asyncDispose]())
      .catch((error: unknown) => logger.error({ server: id, err: error }, 'ending a connection failed'))
  }

  function isCrashLoop(now: number): boolean {
    crashes = [...crashes.filter((at) => now - at < timing.crashWindowMs), now]
    return crashes.length >= timing.crashLimit
  }

  /** What comes after a loss: another attempt now or later, or none. */
  function settle({ kind, reason, authorizationUrl }: Loss): void {
    if (kind === 'fatal') return status.set({ state: 'failed', reason })
    if (kind === 'authorization') return status.set({ state: 'needs-authorization', reason, authorizationUrl })
    const now = Date.now()
    if (kind === 'crash' && isCrashLoop(now)) {
      return status.set({ state: 'failed', reason: `It ended ${crashes.length} times within ${timing.crashWindowMs / 1000} s and is not started again by itself. The last time it ${reason}` })
    }
    if (readySince > 0 && now - readySince > timing.backOffLastMs) failures = 0
    failures++
    const waitMs = kind === 'stale' && failures === 1 ? 0 : backOffMs(failures, { firstMs: timing.backOffFirstMs, lastMs: timing.backOffLastMs, growth: GROWTH[kind === 'crash' ? 'crash' : 'outage'] })
    status.set({ state: 'backing-off', attempt: failures, nextAttemptAt: new Date(now + waitMs), reason })
    timer = setTimeout(begin, waitMs)
  }

  function lost(ended: Attempt, loss: Loss): void {
    if (attempt !== ended || disposed) return
    attempt = undefined
    endAttempt(ended, loss.reason)
    settle(loss)
    previous = ended.gone
  }

  function became(current: Attempt, connection: Connection): void {
    current.connection = connection
    readySince = Date.now()
    current.health = watchHealth(connection, timing, (reason) => lost(current, { kind: hurt, reason }))
    status.set({ state: 'ready', since: new Date(), hello: connection.hello })
  }

  function deadlineLoss(error: unknown, deadline: AbortSignal): Loss {
    if (deadline.aborted) return { kind: hurt, reason: `did not finish its handshake within ${timeouts.connectMs} ms` }
    if (error instanceof ConnectError) return error.loss
    logger.error({ server: id, err: error }, 'connecting failed in an unexpected way')
    return { kind: hurt, reason: `could not be connected: ${(error as Error).message}` }
  }

  /** What an earlier attempt leaves has to be gone before the next one starts. */
  let previous: Promise<void> = Promise.resolve()

  async function run(current: Attempt): Promise<void> {
    await previous
    const leave = await startGate?.enter(current.stop.signal)
    if (current.stop.signal.aborted) return leave?.()
    const deadline = AbortSignal.timeout(timeouts.connectMs)
    const connectionEvents: ConnectionEvents = {
      onChange: (change) => {
        if (attempt === current) status.emit(change)
      },
      onHello: (hello) => {
        if (attempt === current) status.set({ state: 'ready', since: new Date(), hello })
      },
      onLost: (loss) => lost(current, loss),
    }
    try {
      const connection = await connector.connect(connectionEvents, AbortSignal.any([deadline, current.stop.signal]))
      if (attempt === current && !disposed) return became(current, connection)
      connection.end('was stopped')
      await connection[Symbol.asyncDispose]()
    } catch (error) {
      if (attempt === current) lost(current, deadlineLoss(error, deadline))
    } finally {
      leave?.()
    }
  }

  function begin(): void {
    clearTimeout(timer)
    if (disposed) return
    const current: Attempt = { stop: new AbortController(), connection: undefined, health: undefined, gone: Promise.resolve() }
    attempt = current
    status.set({ state: 'starting', since: new Date() })
    current.gone = run(current).catch((error: unknown) => logger.error({ server: id, err: error }, 'an attempt to connect ended badly'))
  }

  function restart(reason: string): void {
    if (disposed) return
    clearTimeout(timer)
    failures = 0
    crashes = []
    if (attempt) {
      const ended = attempt
      attempt = undefined
      endAttempt(ended, `was restarted: ${reason}`)
      previous = ended.gone
    }
    begin()
  }

  const isStarting = ({ state }: UpstreamStatus): boolean => state === 'starting'

  /** The live connection, waiting for one that is being made; after a call that was not delivered also through the first back-off. */
  async function connected(call: McpCall, timeoutMs: number, isPatient: boolean): Promise<Connection> {
    if (attempt?.connection) return attempt.connection
    const settled = (now: UpstreamStatus): boolean => !isStarting(now) && !(isPatient && now.state === 'backing-off' && now.attempt === 1)
    const now = await status.until(settled, timeoutMs, call.signal)
    if (call.signal.aborted) throw new GatewayError('cancelled', `The call of ${call.method} was cancelled.`)
    if (attempt?.connection) return attempt.connection
    throw explainUnavailable(id, now)
  }

  async function call(asked: McpCall): Promise<JsonText> {
    const timeoutMs = asked.timeoutMs ?? (asked.method.endsWith('/list') ? timeouts.listMs : timeouts.callMs)
    let isRepeat = false
    for (;;) {
      const connection = await connected(asked, timeoutMs, isRepeat)
      try {
        return await connection.call(asked, timeoutMs)
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'upstream_timeout') attempt?.health?.checkSoon()
        if (isRepeat || !(error instanceof UndeliveredError)) throw error
        isRepeat = true
      }
    }
  }

  async function dispose(): Promise<void> {
    clearTimeout(timer)
    const last = attempt
    attempt = undefined
    if (last) endAttempt(last, 'was stopped')
    status.set({ state: 'stopped', reason: 'It was stopped.' })
    await previous
    await last?.gone
    await connector[Symbol.asyncDispose]()
  }

  return {
    id,
    definition,
    get status() {
      return status.current
    },
    start() {
      if (disposed || attempt || status.current.state === 'backing-off') return
      if (!definition.enabled) return status.set({ state: 'stopped', reason: 'It is switched off.' })
      begin()
    },
    restart,
    settled: (deadlineMs, signal) => status.until((now) => !isStarting(now), deadlineMs, signal),
    call,
    notify: (method, params) => attempt?.connection?.notify(method, params),
    stderrTail: () => connector.stderrTail(),
    onChange: (listener) => status.onChange(listener),
    [Symbol.asyncDispose]: () => (disposed ??= dispose()),
  }
}
