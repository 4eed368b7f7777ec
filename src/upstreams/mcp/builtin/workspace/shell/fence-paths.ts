import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { isInside } from '../files/named-path.ts'
import { resolveInside, type Roots } from '../files/open-folder.ts'
import { failureText } from '../tool-failure.ts'
import type { ShellWord, SimpleCommand } from './script.ts'

const HARMLESS_DEVICES = new Set(['/dev/null', '/dev/stdout', '/dev/stderr', '/dev/stdin'])

/** They make arguments of what they read, which may be anything. */
const BLIND = new Set(['.', 'eval', 'parallel', 'popd', 'pushd', 'source', 'trap', 'xargs'])

const exists = (path: string): Promise<boolean> => lstat(path).then(() => true, () => false)

function isPathInside(roots: Roots, path: string): boolean {
  try {
    resolveInside(roots, path)
    return true
  } catch (error) {
    if (failureText(error) === undefined) throw error
    return false
  }
}

/** Anything in a word that a program could take for a path: `--output=/etc/x`, `HEAD:../x`, `file:///etc`, `1w/etc/x`. */
async function isTokenInside(roots: Roots, token: string, folder: string): Promise<boolean> {
  if (token === '' || HARMLESS_DEVICES.has(token)) return true
  if (!isPathInside(roots, resolve(folder, token))) return false
  // `r../x`: a letter that is an instruction, and a path behind it.
  const glued = /[^/.]\.\.(?:\/|$)/.exec(token)
  if (glued && !isPathInside(roots, resolve(folder, token.slice(glued.index + 1)))) return false
  const slash = token.indexOf('/')
  const isInstruction = /^(?:-|[\d$,]*[rRwW]$)/.test(token.slice(0, Math.max(0, slash)))
  if (slash <= 0 || (!isInstruction && (await exists(dirname(resolve(folder, token)))))) return true
  // `-I/etc` and `r/etc/x`: no folder of ours is called `-I`, but there is an `/etc`.
  const rest = token.slice(slash)
  const top = rest.split('/').find((part) => part !== '')
  return top === undefined || !(await exists(`/${top}`)) || isPathInside(roots, rest)
}

/** A `*` may stand for a link that leads outside. */
async function isGlobInside(roots: Roots, pattern: string, folder: string): Promise<boolean> {
  const whole = resolve(folder, pattern)
  const parent = dirname(whole)
  if (/[*?[]/.test(parent)) return false
  if (!(await exists(parent))) return true
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    const real = await realpath(join(parent, entry.name)).catch(() => undefined)
    if (real === undefined || !roots.some((root) => isInside(root, real))) return false
  }
  return true
}

async function isWordInside(roots: Roots, { text, hasGlob }: ShellWord, folder: string): Promise<boolean> {
  for (const token of [text, ...text.split(/[\s=:,;'"()@<>|&{}]+/)]) if (!(await isTokenInside(roots, token, folder))) return false
  return !hasGlob || isGlobInside(roots, text, folder)
}

/**
 * Where there is no sandbox: why a word of a script may lead outside of the roots, or undefined. It knows words, not programs: one
 * that opens paths of its own accord, or follows links below a folder, is not held back.
 */
export async function fencePaths(commands: readonly SimpleCommand[], roots: Roots, start: string): Promise<string | undefined> {
  /** `cd` may or may not have happened: words have to be inside from wherever it could have led. */
  const folders = new Set([start])
  for (const { assignments, words, redirects } of commands) {
    const [program, ...rest] = words
    for (const word of [...assignments.map(({ value }) => value), ...rest, ...redirects]) {
      if (word.isDynamic || word.hasTilde) return 'without a sandbox no word may hold `$`, a substitution or `~`'
      for (const folder of folders) if (!(await isWordInside(roots, word, folder))) return `\`${word.text}\` leads outside of the workspace`
    }
    if (program?.isDynamic || program?.hasTilde || program?.hasGlob) return 'without a sandbox the name of a program has to be plain'
    if (program && BLIND.has(basename(program.text))) return `without a sandbox there is no \`${program.text}\``
    if (program?.text !== 'cd') continue
    const target = rest.findLast(({ text }) => !/^-[LPe@]*$/.test(text))
    if (!target || rest.some(({ text }) => text === '-')) return 'without a sandbox `cd` needs a folder'
    for (const folder of Array.from(folders)) folders.add(resolve(folder, target.text))
  }
  return undefined
}
