import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A process table entry, as far as it may be read; undefined for one that is gone or somebody else’s. */
function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      state,
      parent: Number(parent),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
      environment: readFileSync(`/proc/${pid}/environ`, 'utf8'),
      cwd: readlinkSync(`/proc/${pid}/cwd`),
    }
  } catch {
    return undefined
  }
}

function processes() {
  if (!existsSync('/proc/self/stat')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== undefined && entry.state !== 'Z')
}

/** Node’s own cache of compiled modules, which npm and others switch on for themselves; it goes with the folder. */
const NODE_CACHE = 'node-compile-cache'

const temporaryNames = () => readdirSync(tmpdir()).filter((name) => name.startsWith('trunkline'))

/**
 * Remembers what is there before a suite, so that afterwards what it left can be named: processes that carry its mark
 * or that lost their parent and work in the project or in its temp folder; files in its temp folder; folders of ours
 * outside of it.
 */
export function watchForLeftovers({ mark, root, temporary, home }) {
  const before = new Set(processes().map(({ pid }) => pid))
  const namesBefore = new Set(temporaryNames())
  const dataDirectory = join(home, '.local', 'share', 'trunkline')
  const hadData = existsSync(dataDirectory)

  const isOurs = ({ pid, parent, environment, cwd, command }) => {
    if (before.has(pid) || pid === process.pid) return false
    if (environment.includes(mark) || cwd.startsWith(temporary) || command.includes(temporary)) return true
    return parent === 1 && `${cwd}/`.startsWith(root)
  }
  const find = () => [
    ...processes()
      .filter(isOurs)
      .map(({ pid, command }) => `process ${pid}: ${command.slice(0, 160)}`),
    ...(existsSync(temporary) ? readdirSync(temporary).filter((name) => name !== NODE_CACHE).map((name) => `file in the temp folder: ${name}`) : []),
    ...temporaryNames()
      .filter((name) => !namesBefore.has(name))
      .map((name) => `file: ${join(tmpdir(), name)}`),
    ...(!hadData && existsSync(dataDirectory) ? [`folder: ${dataDirectory}`] : []),
  ]
  return {
    /** What is left once everything had the time to go. */
    async collect(graceMs = 6000) {
      const until = Date.now() + graceMs
      for (;;) {
        const found = find()
        if (found.length === 0 || Date.now() > until) return found
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    },
  }
}
