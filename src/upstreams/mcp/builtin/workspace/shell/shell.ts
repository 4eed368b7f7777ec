import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import type { WorkspaceBash, WorkspaceSettings } from '../../../../../domain/workspace.ts'
import type { Logger } from '../../../../../telemetry/index.ts'
import { endFamily } from '../../../processes/end-family.ts'
import { createGuardian, type Guardian } from '../../../processes/guardian.ts'
import { OWNER_VARIABLE } from '../../../stdio/child-environment.ts'
import type { Roots } from '../files/open-folder.ts'
import { ToolFailureError } from '../tool-failure.ts'
import { bubblewrapArguments, findProgram, probeBubblewrap, type SandboxView } from './bubblewrap.ts'
import { decideCommand } from './decide-command.ts'
import { fencePaths } from './fence-paths.ts'
import { type ProcessEnd, runProcess } from './run-process.ts'

export interface ShellRun {
  readonly script: string
  /** Inside the roots. */
  readonly directory: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Whether a person lets it run. */
  approve(script: string): Promise<boolean>
}

/** Runs commands that the rules allow, in a sandbox where there is one. Disposing it leaves no process and no file behind. */
export interface Shell extends AsyncDisposable {
  readonly isSandboxed: boolean
  /** Why there is no sandbox, for whoever has to know. */
  readonly warning: string | undefined
  readonly bash: WorkspaceBash
  run(request: ShellRun): Promise<ProcessEnd>
}

export interface ShellDeps {
  readonly settings: WorkspaceSettings
  readonly bash: WorkspaceBash
  readonly roots: Roots
  /** The gateway’s, of which commands see the path and the language. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
}

const KEPT = ['LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'] as const
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin'

/** `$1` is the script. The limit is of private memory, so that programs which only reserve addresses still run. */
const WRAPPER = (kilobytes: number): string => `ulimit -c 0; ulimit -d ${kilobytes} || exit 125; trap 'pwd -P >&3' EXIT; eval "$1"`

const UNPROTECTED = (why: string): string =>
  `⚠ NOT SANDBOXED (${why}): commands run with the rights of the gateway. Only commands of the allow list run, without variables and substitutions, and no word may name a path outside of the workspace; what an allowed program does by itself is not held back.`

async function findSandbox(settings: WorkspaceSettings, view: SandboxView, path: string): Promise<{ readonly program: string } | { readonly missing: string }> {
  if (settings.sandbox === 'none') return { missing: '`sandbox: none`' }
  if (process.platform !== 'linux') return { missing: 'bubblewrap exists on Linux only' }
  const program = await findProgram('bwrap', path)
  if (program === undefined) return { missing: 'bubblewrap is not installed' }
  const problem = await probeBubblewrap(program, view)
  return problem === undefined ? { program } : { missing: problem }
}

/** Looks for the sandbox once; it does not notice one that is installed later. */
export async function createShell({ settings, bash, roots, environment, logger }: ShellDeps): Promise<Shell> {
  const path = (environment['PATH'] ?? SYSTEM_PATH).split(delimiter).filter((part) => isAbsolute(part)).join(delimiter)
  const view: SandboxView = { roots, isReadOnly: settings.readOnly, hasNetwork: bash.network, readable: bash.readable }
  const sandbox = await findSandbox(settings, view, path)
  const isSandboxed = 'program' in sandbox
  const warning = isSandboxed ? undefined : UNPROTECTED(sandbox.missing)
  if (warning !== undefined) logger.warn({}, `workspace: ${warning}`)
  const interpreter = (await findProgram('bash', SYSTEM_PATH)) ?? '/bin/sh'
  const owner = randomUUID()
  let guardian: Guardian | undefined
  let home: Promise<string> | undefined

  function checkRules(script: string): ReturnType<typeof decideCommand> {
    if (process.platform === 'win32') return { kind: 'refused', reason: 'there are no commands on Windows' }
    if (!isSandboxed && settings.sandbox === 'bubblewrap') return { kind: 'refused', reason: `\`sandbox: bubblewrap\` is required, and ${sandbox.missing}` }
    if (!isSandboxed && !bash.allow) return { kind: 'refused', reason: `there is no sandbox (${sandbox.missing}), and without one only commands of \`bash.allow\` run` }
    if (!isSandboxed && settings.readOnly) return { kind: 'refused', reason: `there is no sandbox (${sandbox.missing}), and without one nothing can keep a command from writing` }
    return decideCommand(script, bash, !isSandboxed)
  }

  async function checkAllowed({ script, directory, approve }: ShellRun): Promise<void> {
    const decision = checkRules(script)
    if (decision.kind === 'refused') throw new ToolFailureError(`Refused: ${decision.reason}.`)
    const problem = isSandboxed ? undefined : await fencePaths(decision.commands ?? [], roots, directory)
    if (problem !== undefined) throw new ToolFailureError(`Refused: ${problem}.`)
    if (decision.kind === 'ask' && !(await approve(script))) throw new ToolFailureError('Refused: nobody approved this command.')
  }

  async function environmentOf(): Promise<Record<string, string>> {
    if (!isSandboxed) home ??= mkdtemp(join(tmpdir(), 'trunkline-workspace-'))
    const folder = isSandboxed ? '/tmp/home' : ((await home) ?? '')
    const kept = Object.fromEntries(KEPT.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])))
    return { ...kept, PATH: path, HOME: folder, TMPDIR: isSandboxed ? '/tmp' : folder, TERM: 'dumb', SHELL: interpreter, USER: 'workspace', ...bash.env }
  }

  return {
    isSandboxed,
    warning,
    bash,
    async run(request) {
      await checkAllowed(request)
      const mark = randomUUID()
      // Whatever leaves its group, its session or its parent is still found by these.
      const marks = { [OWNER_VARIABLE]: owner, TRUNKLINE_COMMAND: mark }
      const variables = { ...(await environmentOf()), ...marks }
      const options = interpreter.endsWith('bash') ? ['--noprofile', '--norc', '+B'] : []
      const inner = [interpreter, ...options, '-c', WRAPPER(Math.ceil(bash.memoryBytes / 1024)), 'bash', request.script] as const
      const outer: readonly [string, ...string[]] = isSandboxed ? [sandbox.program, ...bubblewrapArguments(view, request.directory, variables), ...inner] : inner
      // A gateway that is killed takes its commands with it: bubblewrap’s by their parent, others by the guardian.
      if (!isSandboxed) guardian ??= createGuardian({ variable: OWNER_VARIABLE, owner, path: SYSTEM_PATH, logger })
      return runProcess({
        command: [...outer],
        directory: request.directory,
        environment: isSandboxed ? { PATH: path, ...marks } : variables,
        timeoutMs: request.timeoutMs,
        outputBytes: bash.outputBytes,
        signal: request.signal,
        onStart: (pid) => guardian?.add(pid),
        async endAll(pid) {
          const left = await endFamily({ variable: 'TRUNKLINE_COMMAND', owner: mark, leaders: [pid] }, 0)
          if (left.length > 0) logger.error({ pids: left.map((row) => row.pid).join(' ') }, 'processes of a command could not be ended')
          guardian?.drop(pid)
        },
      })
    },
    async [Symbol.asyncDispose]() {
      await endFamily({ variable: OWNER_VARIABLE, owner, leaders: [] }, 0)
      await guardian?.[Symbol.asyncDispose]()
      if (home) await rm(await home, { recursive: true, force: true })
    },
  }
}
