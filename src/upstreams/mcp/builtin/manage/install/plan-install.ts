import { GatewayError } from '../../../../../domain/errors.ts'
import type { JsonObject } from '../../../../../lib/json.ts'
import type { FoundEntry, RegistryEntry } from '../registry/registry-entry.ts'
import { createInputReader, type Answers, type InputReader, type MissingInput } from './input-reader.ts'
import { packageKind, planPackage, type PackageKind } from './plan-package.ts'
import { isKnownRemote, planRemote } from './plan-remote.ts'

export type InstallWay = PackageKind | 'remote'

export interface InstallWish {
  readonly found: FoundEntry
  /** The first way that is possible and allowed without it. */
  readonly way: InstallWay | undefined
  readonly inputs: Answers
  /** Answers of an earlier installation: what is not asked for any more is forgotten. */
  readonly remembered?: Answers
}

export interface InstallRules {
  readonly allowCommands: boolean
  /** Variables that answers may name. */
  readonly variables: readonly string[]
}

/** What an installation would write, in the document’s form. */
export interface InstallPlan {
  readonly way: InstallWay
  readonly entry: JsonObject
  /** The answers that mattered. */
  readonly inputs: Answers
}

/** Why commands of callers are refused, and what allows them. */
export const COMMANDS_REFUSED = 'Refused: this would start a program on the gateway’s machine, and callers may not choose programs, arguments, variables or packages here (`manage.allowCommands`).'

/** How an entry can be used here, in the order of the entry, packages first. */
export function waysOf({ packages, remotes }: RegistryEntry): readonly InstallWay[] {
  return [...new Set([...packages.map(packageKind).filter((kind) => kind !== undefined), ...(remotes.some(isKnownRemote) ? (['remote'] as const) : [])])]
}

function chooseWay(entry: RegistryEntry, wanted: InstallWay | undefined, { allowCommands }: InstallRules): InstallWay {
  const ways = waysOf(entry)
  if (ways.length === 0) {
    const kinds = [...entry.packages.map(({ registryType, transport }) => `${registryType} over ${transport?.type ?? 'stdio'}`), ...entry.remotes.map(({ type }) => type)]
    throw new GatewayError('invalid_request', `\`${entry.name}\` cannot be installed here: it offers ${kinds.length === 0 ? 'nothing' : kinds.join(', ').slice(0, 300)}; known are npm, pypi and oci over stdio, and streamable-http and sse.`)
  }
  if (wanted !== undefined && !ways.includes(wanted)) throw new GatewayError('invalid_request', `\`${entry.name}\` does not offer \`${wanted}\`; it offers ${ways.map((way) => `\`${way}\``).join(', ')}.`)
  const chosen = wanted ?? (allowCommands ? ways[0] : ways.find((way) => way === 'remote'))
  if (chosen === undefined || (chosen !== 'remote' && !allowCommands)) throw new GatewayError('forbidden', COMMANDS_REFUSED)
  return chosen
}

function describeMissing({ input, description, isSecret, choices }: MissingInput): string {
  const kind = isSecret ? ' (secret: the name of a variable, as in `${NAME}`)' : choices.length > 0 ? ` (one of ${choices.slice(0, 20).map((choice) => JSON.stringify(choice)).join(', ')})` : ''
  return `- \`${input}\`${kind}${description === undefined ? '' : `: ${description}`}`
}

function checkAnswers(reader: InputReader, inputs: Answers): void {
  const unknown = Object.keys(inputs).filter((name) => !Object.hasOwn(reader.used, name))
  const problems = [...reader.problems, ...unknown.map((name) => `\`inputs.${name.slice(0, 80)}\` is not asked for.`)]
  const missing = reader.missing.length === 0 ? [] : [`Missing \`inputs\`:`, ...reader.missing.map(describeMissing)]
  if (problems.length + missing.length > 0) throw new GatewayError('invalid_request', ['It cannot be installed like this.', ...problems, ...missing].join('\n'))
}

/** Pure: it starts and writes nothing. Throws with everything that is wrong or missing at once. */
export function planInstall({ found: { entry }, way: wanted, inputs, remembered = {} }: InstallWish, rules: InstallRules): InstallPlan {
  const way = chooseWay(entry, wanted, rules)
  const reader = createInputReader({ ...remembered, ...inputs }, rules.variables)
  const chosen = entry.packages.find((each) => packageKind(each) === way)
  const remote = entry.remotes.find(isKnownRemote)
  const planned = way === 'remote' ? (remote ? planRemote(remote, reader) : {}) : chosen ? planPackage(way, chosen, reader) : {}
  checkAnswers(reader, inputs)
  return { way, entry: planned, inputs: reader.used }
}
