import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import type { Roots } from '../files/open-folder.ts'

const PROBE_MS = 10_000
/** What programs need of the system. Of `/etc` only what holds no secret and names nobody. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix/store']
const SETTINGS = [
  'alternatives', 'ca-certificates', 'ca-certificates.conf', 'fonts', 'hosts', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'nsswitch.conf', 'pki', 'protocols',
  'resolv.conf', 'services', 'ssl/certs', 'ssl/openssl.cnf', 'timezone',
].map((name) => `/etc/${name}`)

export interface SandboxView {
  readonly roots: Roots
  readonly isReadOnly: boolean
  readonly hasNetwork: boolean
  readonly readable: readonly string[]
}

/**
 * Arguments that run a program with nothing but the system’s programs, read-only, the roots, an empty `/tmp`, its own `/proc`, its own
 * session and no network. It ends with whoever started it.
 */
export function bubblewrapArguments({ roots, isReadOnly, hasNetwork, readable }: SandboxView, directory: string, environment: Readonly<Record<string, string>>): readonly string[] {
  const bind = (option: string, paths: readonly string[]): readonly string[] => paths.flatMap((path) => [option, path, path])
  return [
    '--unshare-all', ...(hasNetwork ? ['--share-net'] : []), '--die-with-parent', '--new-session', '--hostname', 'workspace', '--clearenv',
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...bind('--ro-bind-try', [...SYSTEM, ...SETTINGS]),
    '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--dir', '/tmp/home', '--tmpfs', '/run',
    ...bind('--ro-bind-try', readable),
    ...bind(isReadOnly ? '--ro-bind' : '--bind', roots),
    '--chdir', directory, '--',
  ]
}

/** The program of that name, looked for in absolute folders of a `PATH` only. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => isAbsolute(part))) {
    const file = join(folder, name)
    if (await access(file, constants.X_OK).then(() => true, () => false)) return file
  }
  return undefined
}

/** Whether it works here, which many containers forbid; else why not. */
export async function probeBubblewrap(program: string, view: SandboxView): Promise<string | undefined> {
  try {
    await promisify(execFile)(program, [...bubblewrapArguments(view, view.roots[0], {}), '/bin/sh', '-c', ':'], { timeout: PROBE_MS, env: {} })
    return undefined
  } catch (error) {
    return `bubblewrap does not work here: ${String((error as { stderr?: string }).stderr ?? (error as Error).message).trim().slice(0, 300)}`
  }
}
