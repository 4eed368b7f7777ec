import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../telemetry/index.ts'
import { endFamily, signalProcess } from '../processes/end-family.ts'
import { findFamily } from '../processes/find-family.ts'
import type { Guardian } from '../processes/guardian.ts'
import { readProcess } from '../processes/process-table.ts'
import { removeOrphanRecord, writeOrphanRecord } from '../processes/orphan-records.ts'
import type { Timing } from '../supervisor/timing.ts'
import { OWNER_VARIABLE } from './child-environment.ts'
import { spawnChild, type StdioDefinition } from './spawn-child.ts'

/** One running program and everything it started. Disposing it is the ladder: stdin closed, SIGTERM, SIGKILL, nobody left. */
export interface SupervisedChild extends AsyncDisposable {
  readonly process: ChildProcessWithoutNullStreams
  /** `exit code 1` or `signal SIGKILL`, once it has ended. */
  readonly ending: string | undefined
}

export interface ChildContext {
  readonly server: string
  readonly owner: string
  readonly guardian: Guardian
  readonly stateDirectory: string | undefined
  readonly timing: Timing
  readonly logger: Logger
}

async function record(pid: number, context: ChildContext): Promise<string | undefined> {
  const { stateDirectory, server, owner, logger } = context
  if (stateDirectory === undefined) return undefined
  try {
    return await writeOrphanRecord(stateDirectory, { pid, server, owner, variable: OWNER_VARIABLE })
  } catch (error) {
    logger.error({ server, err: error }, 'the record of a child process could not be written; a crash of the gateway may leave it behind')
    return undefined
  }
}

async function endsWithin(child: ChildProcessWithoutNullStreams, ms: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  const stop = new AbortController()
  try {
    return await Promise.race([
      once(child, 'exit', { signal: stop.signal }).then(() => true),
      sleep(ms, false, { signal: stop.signal }),
    ])
  } finally {
    stop.abort()
  }
}

/** Works where there is no /proc to look into; elsewhere `endFamily` comes after it and finds nothing. */
async function endGroup(child: ChildProcessWithoutNullStreams, pid: number, timing: Timing): Promise<void> {
  const isWindows = process.platform === 'win32'
  signalProcess(isWindows ? pid : -pid, 'SIGTERM')
  if (await endsWithin(child, timing.terminateMs)) return
  signalProcess(isWindows ? pid : -pid, 'SIGKILL')
  await endsWithin(child, timing.terminateMs)
}

/** Throws `ConnectError` when the program cannot be started. */
export async function superviseChild(
  definition: StdioDefinition,
  environment: Readonly<Record<string, string>>,
  context: ChildContext,
): Promise<SupervisedChild> {
  const child = await spawnChild(definition, environment)
  const pid = child.pid ?? 0
  const { guardian, timing, logger, owner, server } = context
  child.on('error', (error) => logger.warn({ server, err: error }, 'a signal could not be sent to the server'))
  guardian.add(pid)
  const recorded = record(pid, context)
  const started = readProcess(pid)
  let ended: Promise<void> | undefined

  async function end(): Promise<void> {
    const mark = { owner, variable: OWNER_VARIABLE, leaders: [pid], since: (await started)?.startedAt }
    // Taken while parents live: afterwards a grandchild that left the group is known by its environment only.
    const known = child.exitCode === null && child.signalCode === null ? await findFamily(mark) : []
    child.stdin.end()
    const closed = await endsWithin(child, timing.stdinCloseMs)
    if (!closed) await endGroup(child, pid, timing)
    const survivors = await endFamily(mark, closed ? timing.terminateMs : 0, known)
    if (survivors.length > 0) {
      logger.error({ server, survivors: survivors.map((row) => row.pid) }, 'processes of the server could not be ended')
      return
    }
    guardian.drop(pid)
    const file = await recorded
    if (file !== undefined) await removeOrphanRecord(file)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
  }

  return {
    process: child,
    get ending() {
      if (child.exitCode !== null) return `exit code ${child.exitCode}`
      return child.signalCode === null ? undefined : `signal ${child.signalCode}`
    },
    [Symbol.asyncDispose]: () => (ended ??= end()),
  }
}
