import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync, type Stats } from 'node:fs'
import { isInside } from '../files/named-path.ts'
import type { Roots } from '../files/open-folder.ts'
import { type IgnoreRules, readIgnoreRules } from './ignore-rules.ts'

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants
const MOST_ENTRIES = 500_000
const MOST_DEPTH = 100
const IGNORE_BYTES = 256 * 1024

const whereIs = (fd: number, path: string): string => (process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${fd}`) : realpathSync(path))

/** What `use` makes of an open file or folder inside the roots; undefined when it is elsewhere by now, or cannot be opened. */
function whileOpen<Result>(roots: Roots, path: string, flags: number, use: (fd: number) => Result): Result | undefined {
  let fd: number
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | flags)
  } catch {
    // Gone, forbidden, or a link by now: like ripgrep, a search goes on without it.
    return undefined
  }
  try {
    const real = whereIs(fd, path)
    return roots.some((root) => isInside(root, real)) ? use(fd) : undefined
  } finally {
    closeSync(fd)
  }
}

/** The content of a regular file inside the roots, unless it is longer than the cap. */
export function readInside(roots: Roots, path: string, mostBytes: number): { readonly bytes: Buffer; readonly stats: Stats } | undefined {
  return whileOpen(roots, path, O_NONBLOCK, (fd) => {
    const stats = fstatSync(fd)
    if (!stats.isFile() || stats.size > mostBytes) return undefined
    const bytes = Buffer.allocUnsafe(stats.size)
    let filled = 0
    for (let count = 1; count > 0 && filled < bytes.length; filled += count) count = readSync(fd, bytes, filled, bytes.length - filled, filled)
    return { bytes: bytes.subarray(0, filled), stats }
  })
}

export interface WalkOptions {
  readonly roots: Roots
  /** Whether `.gitignore` files count. `.git` itself is never entered. */
  readonly ignores: boolean
  /** Told when there are more entries than are looked at. */
  onCut(): void
}

interface Scope {
  readonly rules: IgnoreRules
  /** The path of the rules’ folder from the start of the walk, with a slash at its end unless empty. */
  readonly base: string
}

const isIgnored = (scopes: readonly Scope[], way: string, isFolder: boolean): boolean => {
  for (const { rules, base } of scopes) {
    const decided = rules.decide(way.slice(base.length), isFolder)
    if (decided !== undefined) return decided
  }
  return false
}

/** Regular files below a folder, as paths from there with `/`, without following symbolic links. */
export function* walkFiles(start: string, { roots, ignores, onCut }: WalkOptions): Generator<string> {
  let count = 0
  function* enter(way: string, outer: readonly Scope[], depth: number): Generator<string> {
    const path = way === '' ? start : `${start}/${way}`
    const list = (fd: number): Dirent[] => readdirSync(process.platform === 'linux' ? `/proc/self/fd/${fd}` : path, { withFileTypes: true })
    const entries = whileOpen(roots, path, O_DIRECTORY, list) ?? []
    const base = way === '' ? '' : `${way}/`
    const ignoring = ignores && entries.some(({ name }) => name === '.gitignore') ? readInside(roots, `${path}/.gitignore`, IGNORE_BYTES) : undefined
    const scopes = ignoring ? [{ rules: readIgnoreRules(ignoring.bytes.toString()), base }, ...outer] : outer
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const isFolder = entry.isDirectory()
      if ((!isFolder && !entry.isFile()) || entry.name === '.git' || isIgnored(scopes, base + entry.name, isFolder)) continue
      if (++count > MOST_ENTRIES || depth > MOST_DEPTH) return onCut()
      if (isFolder) yield* enter(base + entry.name, scopes, depth + 1)
      else yield base + entry.name
    }
  }
  yield* enter('', [], 0)
}
