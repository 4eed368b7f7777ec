import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBestNode, NO_NODE } from './best-node.mjs'
import { fillCompileCache } from './fill-compile-cache.mjs'
import { run } from './run.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A sentence for the person at the keyboard; no stack trace helps with it. */
export class SetUpError extends Error {}

const digest = (...parts) => parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex')
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** npm writes its own copy of the lock file last, so what is in there is installed, by whomever. */
function isInstalled() {
  const written = read(join(ROOT, 'node_modules', '.package-lock.json'))
  if (written === undefined) return false
  const { packages: installed } = JSON.parse(written)
  const { packages: wanted } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  // Optional packages are those of other platforms.
  return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional === true || installed[path]?.version === version)
}

async function ensureInstalled() {
  if (isInstalled()) return
  process.stderr.write('trunkline: installing dependencies (once)\n')
  const npm = process.env.npm_execpath
  const [program, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const { code } = await run(program, [...args, 'ci', '--no-audit', '--no-fund'], { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (code !== 0) throw new SetUpError('The dependencies could not be installed; npm says why above. The first start needs the network.')
}

function* sourceFiles(folder) {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sourceFiles(path)
    else if (!/\.test\.ts$|\.md$/.test(entry.name)) yield path
  }
}

/** Contents rather than dates: a checkout changes dates and nothing else. */
function sourceStamp() {
  const files = ['src', 'sim'].flatMap((folder) => [...sourceFiles(join(ROOT, folder))])
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/bundle.mjs'].map((name) => join(ROOT, name))
  return digest(...[...files, ...settings].flatMap((path) => [relative(ROOT, path), readFileSync(path)]))
}

/** Compiles into a folder beside and swaps it in whole, so that a gateway that starts meanwhile sees the old or the new. */
export async function build(node) {
  const fresh = join(ROOT, `dist.${process.pid}`)
  const stamp = sourceStamp()
  try {
    const compiled = join(fresh, 'compiled')
    const steps = [
      [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', compiled],
      [join(ROOT, 'scripts/bundle.mjs'), compiled, fresh],
    ]
    for (const args of steps) {
      const { code } = await run(node, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
      if (code !== 0) throw new SetUpError('The sources could not be compiled.')
    }
    rmSync(compiled, { recursive: true })
    writeFileSync(join(fresh, '.stamp'), stamp)
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
    renameSync(fresh, join(ROOT, 'dist'))
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  try {
    await fillCompileCache(node, ROOT)
  } catch (error) {
    process.stderr.write(`trunkline: nothing is compiled ahead, so the first start takes longer: ${error.message}\n`)
  }
}

/** What every script needs first: dependencies, and a Node to run on. */
export async function ensureTools() {
  await ensureInstalled()
  const node = findBestNode(ROOT)
  if (node === undefined) throw new SetUpError(NO_NODE)
  return node
}

/** Dependencies and a build of the sources as they are; does nothing when both are there. Resolves with the Node to run on. */
export async function setUp() {
  const node = await ensureTools()
  if (read(join(ROOT, 'dist', '.stamp')) !== sourceStamp()) {
    process.stderr.write('trunkline: building\n')
    await build(node)
  }
  return node
}

/** Runs a script’s body; what it throws becomes an exit code and, where somebody can do something about it, one line. */
export async function script(body) {
  try {
    await body()
  } catch (error) {
    process.stderr.write(`${error instanceof SetUpError ? `trunkline: ${error.message}` : String(error?.stack ?? error)}\n`)
    process.exitCode = 1
  }
}
