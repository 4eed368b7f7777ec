import type { ProviderId, RouteId } from '../domain/ids.ts'
import { targetsOf, type Role, type Route, type RouteNode, type RouteRule, type Way } from '../domain/route.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import { inheritSettings } from './inherit-settings.ts'
import { writePath, type ConfigPath } from './position.ts'
import type { ForkEntry, RolesEntry, RouteEntry } from './route-entry-schema.ts'

/** Why a member of `models` cannot be used. */
export interface RouteFinding {
  readonly publicModel: string
  readonly path: ConfigPath
  readonly message: string
  readonly hint?: string
  /** It names a provider that is not configured: where providers are discovered, that may be different tomorrow. */
  readonly isAboutProvider: boolean
}

export interface DefinedRoutes {
  readonly routes: readonly Route[]
  /** In the order of the document. */
  readonly rules: readonly RouteRule[]
  readonly findings: readonly RouteFinding[]
}

/** What is known while one member of `models` is read. */
interface Reading {
  readonly publicModel: string
  readonly path: ConfigPath
  /** How many `*` the pattern has; 0 for a plain name. */
  readonly wildcards: number
}

const MOST_TARGETS = 256
const LONGEST_CHAIN = 32

/** Any wildcard makes a name a rule. */
export const isPattern = (name: string): boolean => name.includes('*')

/** Reads all members of `models`, each once, however many others name it. */
class RouteReader {
  readonly findings: RouteFinding[] = []
  readonly #models: Readonly<Record<string, RouteEntry>>
  readonly #providers: readonly string[]
  readonly #known = new Map<string, RouteNode | undefined>()
  /** The members that are being read, each named by the one before. */
  readonly #chain: string[] = []

  constructor(models: Readonly<Record<string, RouteEntry>>, providers: readonly string[]) {
    this.#models = models
    this.#providers = providers
  }

  /** Undefined when it cannot be used; a finding says why. */
  read(publicModel: string): RouteNode | undefined {
    if (this.#known.has(publicModel)) return this.#known.get(publicModel)
    const entry = this.#models[publicModel]
    if (entry === undefined) return undefined
    this.#chain.push(publicModel)
    const reading = { publicModel, path: ['models', publicModel], wildcards: publicModel.split('*').length - 1 }
    const node = this.#node(entry, reading)
    this.#chain.pop()
    const usable = node && this.#checkSize(node, reading)
    this.#known.set(publicModel, usable)
    return usable
  }

  #find(reading: Reading, message: string, hint?: string, isAboutProvider = false): undefined {
    const { publicModel, path } = reading
    this.findings.push({ publicModel, path, message, isAboutProvider, ...(hint === undefined ? {} : { hint }) })
  }

  #checkSize(node: RouteNode, reading: Reading): RouteNode | undefined {
    const count = targetsOf(node).length
    if (count <= MOST_TARGETS) return node
    return this.#find(reading, `\`${writePath(reading.path)}\` leads to ${count} targets; ${MOST_TARGETS} are the most.`)
  }

  #node(entry: RouteEntry, reading: Reading): RouteNode | undefined {
    if (typeof entry === 'string') return this.#named(entry, reading)
    const node = this.#choice(entry, reading)
    return node && inheritSettings(node, entry)
  }

  #choice(entry: Exclude<RouteEntry, string>, reading: Reading): RouteNode | undefined {
    if ('model' in entry) return this.#named(entry.model, { ...reading, path: [...reading.path, 'model'] })
    return entry.strategy === 'roles' ? this.#roles(entry, reading) : this.#fork(entry, reading)
  }

  #fork(entry: ForkEntry, reading: Reading): RouteNode | undefined {
    const ways = entry.targets.map((way, index): Way | undefined => {
      const to = this.#node(way, { ...reading, path: [...reading.path, 'targets', index] })
      return to && { weight: (typeof way === 'string' ? undefined : way.weight) ?? 1, to }
    })
    const [first, ...rest] = ways.filter((way) => way !== undefined)
    return first && rest.length === ways.length - 1 ? { kind: 'fork', strategy: entry.strategy, ways: [first, ...rest] } : undefined
  }

  #roles(entry: RolesEntry, reading: Reading): RouteNode | undefined {
    const at = (path: ConfigPath, to: RouteEntry): RouteNode | undefined => this.#node(to, { ...reading, path: [...reading.path, ...path] })
    const written: readonly (readonly [Role, ConfigPath, RouteEntry | undefined])[] = [
      ['longContext', ['longContext', 'to'], entry.longContext?.to],
      ['subAgent', ['subAgent'], entry.subAgent],
      ['background', ['background'], entry.background],
      ['webSearch', ['webSearch'], entry.webSearch],
      ['thinking', ['thinking'], entry.thinking],
    ]
    const main = at(['main'], entry.main)
    const ways = written.flatMap(([role, path, to]) => (to === undefined ? [] : [[role, at(path, to)] as const]))
    if (!main || ways.some(([, node]) => node === undefined)) return undefined
    return { kind: 'roles', main, ways: Object.fromEntries(ways) as Partial<Record<Role, RouteNode>>, longContextAbove: entry.longContext?.above ?? 0 }
  }

  /**
   * What a name in a route means: `provider/model` where the part before the first slash is a provider, else a public
   * model. So a public model may have the very name of the upstream model that it leads to.
   */
  #named(name: string, reading: Reading): RouteNode | undefined {
    const slash = name.indexOf('/')
    const provider = name.slice(0, Math.max(slash, 0))
    const where = `\`${writePath(reading.path)}\``
    if (this.#providers.includes(provider)) {
      const model = name.slice(slash + 1)
      return model === '' ? this.#find(reading, `${where} names no model of \`${provider}\`.`) : this.#target(provider, model, reading)
    }
    if (Object.hasOwn(this.#models, name) && !isPattern(name)) return this.#reference(name, reading)
    if (slash > 0) {
      const near = nearestWord(provider, this.#providers)
      return this.#find(reading, `${where} names the provider \`${provider}\`, which is not configured.`, near && `Did you mean \`${near}\`?`, true)
    }
    const near = nearestWord(name, Object.keys(this.#models).filter((known) => !isPattern(known) && known !== reading.publicModel))
    const hint = near === undefined ? 'Name an upstream model as `provider/model`, or a member of `models`.' : `Did you mean \`${near}\`?`
    return this.#find(reading, `${where} names the public model \`${name}\`, which is not configured.`, hint)
  }

  #target(provider: string, model: string, reading: Reading): RouteNode | undefined {
    const wanted = model.split('*').length - 1
    if (wanted <= reading.wildcards) return { kind: 'target', provider: provider as ProviderId, model }
    const where = `\`${writePath(reading.path)}\``
    const has = reading.wildcards === 1 ? 'one `*`' : `${reading.wildcards} \`*\``
    if (reading.wildcards === 0) return this.#find(reading, `${where} has a \`*\`, which only the target of a pattern may have.`)
    return this.#find(reading, `${where} has ${wanted} \`*\`, and its pattern has ${has}.`)
  }

  #reference(name: string, reading: Reading): RouteNode | undefined {
    const from = this.#chain.indexOf(name)
    if (from >= 0) {
      const circle = [...this.#chain.slice(from), name].map((each) => `\`${each}\``).join(' → ')
      return this.#find(reading, `The public model \`${name}\` leads back to itself: ${circle}.`)
    }
    if (this.#chain.length >= LONGEST_CHAIN) return this.#find(reading, `More than ${LONGEST_CHAIN} public models name one another here.`)
    const node = this.read(name)
    if (node) return node
    // A provider that is missing costs whoever names it, too; any other finding is an error, and said once.
    const isAboutProvider = this.findings.some((finding) => finding.publicModel === name && finding.isAboutProvider)
    if (isAboutProvider) this.#find(reading, `\`${writePath(reading.path)}\` names \`${name}\`, which cannot be used.`, undefined, true)
    return undefined
  }
}

/** Turns `models` into trees of targets; the public models that a route names are put in their place. */
export function defineRoutes(models: Readonly<Record<string, RouteEntry>>, providers: readonly string[]): DefinedRoutes {
  const reader = new RouteReader(models, providers)
  const routes: Route[] = []
  const rules: RouteRule[] = []
  for (const name of Object.keys(models)) {
    const root = reader.read(name)
    if (!root) continue
    if (isPattern(name)) rules.push({ pattern: name, root })
    else routes.push({ id: name as RouteId, publicModel: name, root })
  }
  return { routes, rules, findings: reader.findings }
}
