import type { JsonObject } from '../../../../../lib/json.ts'
import type { RegistryPackage } from '../registry/registry-entry.ts'
import type { InputReader } from './input-reader.ts'
import { planArguments } from './plan-arguments.ts'

export const PACKAGE_KINDS = ['npm', 'pypi', 'oci'] as const

export type PackageKind = (typeof PACKAGE_KINDS)[number]

interface Launcher {
  /** The first is taken unless the entry hints at another one. */
  readonly commands: readonly [string, ...string[]]
  /** What a publisher may ask of the launcher. Any other flag could change what is started, or what it may touch. */
  readonly flags: ReadonlySet<string>
  /** What pins the package; undefined when it cannot be pinned. */
  pin(identifier: string, version: string | undefined): string | undefined
}

const EXACT = /^v?\d[A-Za-z0-9.+_-]*$/

function pinImage(image: string, version: string | undefined): string | undefined {
  if (!/^[a-z0-9][a-z0-9._:/-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?(?:@sha256:[0-9a-f]{64})?$/.test(image)) return undefined
  if (image.includes('@')) return image
  const tag = /:([^/:]+)$/.exec(image)?.[1]
  if (tag !== undefined) return tag === 'latest' ? undefined : image
  return version !== undefined && version !== 'latest' && /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(version) ? `${image}:${version}` : undefined
}

function pinWith(pattern: RegExp, separator: string): Launcher['pin'] {
  return (identifier, version) => (pattern.test(identifier) && version !== undefined && EXACT.test(version) ? `${identifier}${separator}${version}` : undefined)
}

const LAUNCHERS: Readonly<Record<PackageKind, Launcher>> = {
  npm: { commands: ['npx', 'bunx'], flags: new Set(['-y', '--yes', '--quiet']), pin: pinWith(/^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-zA-Z0-9~][a-zA-Z0-9._~-]*$/, '@') },
  pypi: { commands: ['uvx'], flags: new Set(['--quiet', '-q']), pin: pinWith(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, '==') },
  oci: { commands: ['docker', 'podman'], flags: new Set(['-i', '--interactive', '--rm', '--init', '-e', '--env']), pin: pinImage },
}

/** Undefined for a package that cannot be started here. */
export function packageKind({ registryType, transport }: RegistryPackage): PackageKind | undefined {
  return transport && transport.type !== 'stdio' ? undefined : PACKAGE_KINDS.find((kind) => kind === registryType)
}

/** Variables that change what a launcher starts or where it gets it from. */
const STEERING = /^(?:(?:LD|DYLD|DOCKER|CONTAINER|UV|PIP|NPM_CONFIG|BUN)_.*|NODE_OPTIONS|PATH|HOME|BASH_ENV|ENV|PYTHON(?:PATH|STARTUP|HOME))$/i

const isSettable = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !STEERING.test(name)

interface RuntimeArguments {
  readonly args: readonly string[]
  /** Variables that were written as `-e NAME=value`: they are no part of a command line that others on the machine see. */
  readonly env: Readonly<Record<string, string>>
}

function runtimeArguments({ runtimeArguments: wanted }: RegistryPackage, { flags, commands }: Launcher, reader: InputReader): RuntimeArguments {
  const items = planArguments(wanted, reader)
  const env: Record<string, string> = {}
  const args: string[] = []
  for (let at = 0; at < items.length; at++) {
    const item = items[at] ?? ''
    if (!flags.has(item)) reader.refuse(`The entry wants \`${commands[0]}\` to be started with \`${item.slice(0, 80)}\`, which is not allowed. Write such a server into the document yourself.`)
    else if (item !== '-e' && item !== '--env') args.push(item)
    else {
      const [, name = '', value] = /^([^=]*)(?:=([^]*))?$/.exec(items[++at] ?? '') ?? []
      if (!isSettable(name)) reader.refuse(`The entry sets a variable that no entry may set.`)
      else if (value !== undefined) env[name] = value
    }
  }
  return { args, env }
}

function environment({ environmentVariables }: RegistryPackage, reader: InputReader): Readonly<Record<string, string>> {
  const env: Record<string, string> = {}
  for (const variable of environmentVariables) {
    if (!isSettable(variable.name)) {
      reader.refuse('The entry sets a variable that no entry may set.')
      continue
    }
    const [value] = reader.read([variable.name], variable) ?? []
    if (value !== undefined) env[variable.name] = value === true ? 'true' : value
  }
  return env
}

/** A server’s entry that starts a package in the version that the registry names. What is wrong with it is told to the reader. */
export function planPackage(kind: PackageKind, wanted: RegistryPackage, reader: InputReader): JsonObject {
  const launcher = LAUNCHERS[kind]
  const pinned = launcher.pin(wanted.identifier, wanted.version ?? undefined)
  if (pinned === undefined) reader.refuse('The entry does not name one exact version of its package.')
  const runtime = runtimeArguments(wanted, launcher, reader)
  const env = { ...runtime.env, ...environment(wanted, reader) }
  const command = launcher.commands.find((known) => known === wanted.runtimeHint) ?? launcher.commands[0]
  const own = planArguments(wanted.packageArguments, reader)
  const before = kind === 'npm' ? (command === 'npx' ? ['-y'] : []) : kind === 'oci' ? ['run', '-i', '--rm', ...Object.keys(env).flatMap((name) => ['-e', name])] : []
  const extra = runtime.args.filter((flag) => !['-y', '--yes', '-i', '--interactive', '--rm'].includes(flag))
  return { command, args: [...before, ...extra, pinned ?? '', ...own], ...(Object.keys(env).length === 0 ? {} : { env }) }
}
