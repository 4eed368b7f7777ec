import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/index.ts'
import { createGuardian, type Guardian } from '../mcp/index.ts'
import { findLauncher, type Launcher } from './launcher.ts'
import { createPlaces } from './places.ts'
import { runScript } from './run-script.ts'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'
import type { ScriptEnd, ScriptJob } from './script-job.ts'

export interface ScriptSandboxDeps {
  readonly settings: SandboxSettings
  readonly logger: Logger
}

/**
 * Runs scripts of strangers, each in a process of its own that has no files, no children, no environment and no network, and that is
 * gone when the script is over. What a script can reach is what the job answers; it authorises nothing itself.
 */
export interface ScriptSandbox extends AsyncDisposable {
  readonly settings: SandboxSettings
  /** Rejects with the job's own reason when that aborts; with `overloaded`, or with `invalid_request` where nothing can be closed in. */
  run(job: ScriptJob): Promise<ScriptEnd>
  /** What is not held back on this machine; undefined when nothing is. */
  warning(): Promise<string | undefined>
}

/** More would only wait to time out. */
const WAITING_PER_PROCESS = 32

/** Nothing is looked for or started before the first script. */
export function createScriptSandbox({ settings, logger }: ScriptSandboxDeps): ScriptSandbox {
  const places = createPlaces(settings.processes)
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()
  let launcher: Promise<Launcher> | undefined
  let guardian: Guardian | undefined

  async function find(): Promise<Launcher> {
    try {
      const found = await findLauncher(settings)
      if (found.warning !== undefined) logger.warn({}, found.warning)
      return found
    } catch (error) {
      // Whoever installs what is missing need not restart the gateway.
      launcher = undefined
      throw new GatewayError('invalid_request', `Scripts cannot run here. ${(error as Error).message}`, { cause: error })
    }
  }

  /** Bubblewrap ends what it started when the gateway is killed; other processes need the guardian. */
  function watchOf({ isBubblewrapped }: Launcher): Guardian | undefined {
    if (isBubblewrapped) return undefined
    return (guardian ??= createGuardian({ variable: 'TRUNKLINE_SCRIPT', owner: randomUUID(), path: undefined, logger }))
  }

  async function run(job: ScriptJob): Promise<ScriptEnd> {
    if (places.waiting >= settings.processes * WAITING_PER_PROCESS) throw new GatewayError('overloaded', `More than ${places.waiting} scripts are waiting to run.`)
    const found = await (launcher ??= find())
    const signal = AbortSignal.any([job.signal, closing.signal])
    using _place = await places.enter(signal)
    return await runScript({ ...job, call: (call, context) => job.call(call, context), signal }, { launcher: found, settings, logger, watch: watchOf(found) })
  }

  return {
    settings,
    run(job) {
      const ran = run(job)
      const settled = ran.then(() => undefined, () => undefined)
      running.add(settled)
      void settled.then(() => running.delete(settled))
      return ran
    },
    warning: async () => (await (launcher ??= find())).warning,
    async [Symbol.asyncDispose]() {
      closing.abort(new GatewayError('gateway_draining', 'The gateway is shutting down.'))
      await Promise.all(running)
      await guardian?.[Symbol.asyncDispose]()
    },
  }
}
