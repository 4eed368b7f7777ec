import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Kept between runs: the packages are some hundred megabytes each. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/trunkline-clients', import.meta.url))

const INSTALL_DEADLINE_MS = 240_000

/** A coding agent as its makers publish it, at the version that the facts were measured with. */
export interface AgentPackage {
  readonly name: string
  readonly version: string
  /** Where its program is, inside `node_modules`: for each platform, as package managers would choose it. */
  readonly program: string
  /** Whether the program is a script for Node. */
  readonly isScript: boolean
}

export type Installed =
  | { readonly kind: 'installed'; readonly program: string }
  | { readonly kind: 'absent'; readonly reason: string }

async function install(spec: string, folder: string): Promise<void> {
  const cache = mkdtempSync(join(tmpdir(), 'trunkline-npm-'))
  try {
    // The version is chosen by the engine that npm runs on, so the pinned one needs the Node that runs this test.
    const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    await promisify(execFile)('npm', ['install', '--prefix', folder, ...flags, spec], {
      cwd: folder,
      env: { ...process.env, PATH: path, npm_config_cache: cache },
      timeout: INSTALL_DEADLINE_MS,
    })
  } finally {
    rmSync(cache, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** npm's own words where it has some: `npm error code ECONNREFUSED`. */
function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const said = text.split('\n').flatMap((line) => /^npm error (.+)$/.exec(line)?.[1] ?? [])
  return said.length > 0 ? said.slice(0, 3).join(', ') : text
}

/** Installs a package once, beside nothing else and without running its scripts. A machine that cannot reach a registry gets the reason. */
export async function installAgent({ name, version, program }: AgentPackage): Promise<Installed> {
  const folder = join(CACHE, `${name.replace(/^@/, '').replaceAll('/', '-')}@${version}`)
  const path = join(folder, 'node_modules', program)
  if (existsSync(path)) return { kind: 'installed', program: path }
  mkdirSync(CACHE, { recursive: true })
  const partial = mkdtempSync(join(CACHE, 'installing-'))
  try {
    await install(`${name}@${version}`, partial)
    if (!existsSync(join(partial, 'node_modules', program))) return { kind: 'absent', reason: `${name}@${version} has no ${program}` }
    rmSync(folder, { recursive: true, force: true })
    renameSync(partial, folder)
    return { kind: 'installed', program: path }
  } catch (error) {
    return { kind: 'absent', reason: `${name}@${version} could not be installed: ${explain(error)}` }
  } finally {
    rmSync(partial, { recursive: true, force: true, maxRetries: 5 })
  }
}
