import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { promisify } from 'node:util'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'

/** How a script's process is closed in, and what that leaves open. */
export interface Launcher {
  /** Program and arguments before Node's own. */
  readonly before: readonly string[]
  readonly node: string
  readonly isBubblewrapped: boolean
  /** What is not held back here, for whoever has to know; undefined when nothing is. */
  readonly warning: string | undefined
}

const PROBE_MS = 20_000
const BUBBLEWRAP = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap', '/run/current-system/sw/bin/bwrap']
/** What the program needs to be loaded, and nothing that can be run. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib', '/lib64', '/nix/store', '/etc/ld.so.cache']
const NODE_INSIDE = '/node'
/** Address ranges that Node reserves and never fills count against the limit of private memory, too. */
const RESERVED_KILOBYTES = 640 * 1024
/** `$1` kilobytes, `$2` seconds; the limit of CPU time ends a script that would outlive the gateway. */
const LIMITS = 'ulimit -c 0; ulimit -d "$1" || exit 125; ulimit -t "$2" || exit 125; shift 2; exec "$@"'

/** Without one `--allow-…` the permission model forbids files, children, threads, addons and WASI; from Node 25 on the network, too. */
export function nodeFlags({ memoryBytes }: Pick<SandboxSettings, 'memoryBytes'>): readonly string[] {
  const megabytes = Math.max(Math.floor(memoryBytes / 1024 / 1024), 16)
  return [
    '--permission', '--no-addons', '--disallow-code-generation-from-strings', `--max-old-space-size=${megabytes}`,
    // Makes Node ask the host about `import()`, which ends the script, instead of answering with an object of its own.
    '--experimental-vm-modules',
    '--no-warnings', '--input-type=module',
  ]
}

function bubblewrap(program: string): readonly string[] {
  const libraries = LIBRARIES.flatMap((path) => ['--ro-bind-try', path, path])
  return [program, '--unshare-all', '--die-with-parent', '--clearenv', '--cap-drop', 'ALL', '--hostname', 'script', ...libraries, '--ro-bind', process.execPath, NODE_INSIDE, '--chdir', '/', '--']
}

const limited = ({ memoryBytes, timeoutMs }: SandboxSettings): readonly string[] => [
  '/bin/sh', '-c', LIMITS, 'sh', String(RESERVED_KILOBYTES + Math.ceil(memoryBytes / 1024)), String(2 * Math.ceil(timeoutMs / 1000) + 5),
]

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether Node starts that way here; else why not. */
async function probe({ before, node }: Pick<Launcher, 'before' | 'node'>, settings: SandboxSettings): Promise<string | undefined> {
  const [program, ...rest] = [...before, node, ...nodeFlags(settings), '-e', 'if (process.permission.has("fs.read") || process.permission.has("child")) throw new Error("not restricted")']
  try {
    await promisify(execFile)(program, rest, { timeout: PROBE_MS, env: {}, cwd: '/' })
    return undefined
  } catch (error) {
    return String((error as { stderr?: string }).stderr || (error as Error).message).trim().slice(0, 300)
  }
}

const hasNetworkSwitch = (): boolean => process.allowedNodeEnvironmentFlags.has('--allow-net')

function openWithout(why: string): string {
  const network = hasNetworkSwitch() ? '' : ' This Node cannot switch the network off for a process: a script that breaks out of its realm could use it.'
  return `⚠ CODE MODE WITHOUT BUBBLEWRAP (${why}): scripts run in a process of the gateway’s user, without files, children, threads and addons by Node’s permission model, and with nothing but the language and the tools in reach.${network} Install bubblewrap, or refuse to run without it by \`mcp.code.sandbox: bubblewrap\`.`
}

/** Tries what there is, the most closed first. Rejects with the reason when nothing that the settings accept works here. */
export async function findLauncher(settings: SandboxSettings): Promise<Launcher> {
  const limits = process.platform === 'win32' ? [] : limited(settings)
  const program = process.platform === 'linux' ? BUBBLEWRAP.find(isProgram) : undefined
  let why = process.platform === 'linux' ? 'it is not installed' : 'it exists on Linux only'
  if (program !== undefined) {
    const wrapped = { before: [...limits, ...bubblewrap(program)], node: NODE_INSIDE }
    const problem = await probe(wrapped, settings)
    if (problem === undefined) return { ...wrapped, isBubblewrapped: true, warning: undefined }
    why = `it does not work here: ${problem}`
  }
  if (settings.sandbox === 'bubblewrap') throw new Error(`\`mcp.code.sandbox: bubblewrap\` is required, and ${why}`)
  for (const before of limits.length > 0 ? [limits, []] : [[]]) {
    const plain = { before, node: process.execPath }
    const problem = await probe(plain, settings)
    if (problem === undefined) {
      const unlimited = before.length === 0 ? ' Memory outside of the JavaScript heap is not limited.' : ''
      return { ...plain, isBubblewrapped: false, warning: `${openWithout(why)}${unlimited}` }
    }
    why = `${why}; without it: ${problem}`
  }
  throw new Error(`Scripts cannot be closed in on this machine: ${why}`)
}
