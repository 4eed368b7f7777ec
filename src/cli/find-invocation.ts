import { basename, delimiter, dirname, relative } from 'node:path'

/** Quotes only where a shell would need it. */
const quote = (path: string): string => (/^[A-Za-z0-9_./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

/** How to start this program again from where the person is: by its name when that is on PATH, else by its path. */
export function findInvocation(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const script = argv[1] ?? 'trunkline'
  if (basename(script) === 'trunkline') {
    const isOnPath = (environment['PATH'] ?? '').split(delimiter).includes(dirname(script))
    const isThroughNpx = environment['npm_command'] === 'exec'
    if (isThroughNpx) return 'npx trunkline'
    return isOnPath ? 'trunkline' : quote(script)
  }
  const near = relative(cwd, script)
  return `node ${quote(near.startsWith('..') ? script : near)}`
}
