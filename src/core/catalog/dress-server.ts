import type { McpServerId } from '../../domain/ids.ts'
import type { Scope } from '../../domain/scope.ts'
import type { ServerSettings, ToolOverride } from '../../domain/server-settings.ts'
import { isJsonObject } from '../../lib/json.ts'
import { editMembers, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Capability, ServerCatalog, ServerList, WithheldTool } from './catalog.ts'
import type { DefinitionOrigin, ToolPins } from './tool-pins.ts'
import { twinIdOf } from './twin-id.ts'

export interface DressingDeps {
  readonly settingsOf: (server: McpServerId) => ServerSettings | undefined
  /** Nothing is compared without them. */
  readonly pins: ToolPins | undefined
  readonly logger: Logger
}

interface DressedTools {
  readonly list: ServerList
  readonly withheld: readonly WithheldTool[]
}

interface Remembered extends DressedTools {
  readonly settings: ServerSettings | undefined
  readonly pinsVersion: number
}

function isOn({ disabledTools, enabledTools }: ServerSettings, tool: string, override: ToolOverride): boolean {
  return override.enabled ?? (!disabledTools.includes(tool) && (enabledTools?.includes(tool) ?? true))
}

function annotate(definition: JsonText, annotations: NonNullable<ToolOverride['annotations']>): JsonText {
  const text = readMember(definition, 'annotations')
  const own = text === undefined ? undefined : parseJsonText(text)
  return toJsonText({ ...(isJsonObject(own) ? own : {}), ...annotations })
}

/** The definition with what the configuration says instead; the schema and everything else stays the server's own text. */
export function overrideDefinition(definition: JsonText, { title, description, annotations }: ToolOverride): JsonText {
  const changes: Record<string, JsonText> = {
    ...(title === undefined ? {} : { title: toJsonText(title) }),
    ...(description === undefined ? {} : { description: toJsonText(description) }),
    ...(annotations === undefined ? {} : { annotations: annotate(definition, annotations) }),
  }
  return Object.keys(changes).length === 0 ? definition : editMembers(definition, changes)
}

/** The server's own word on whether a tool only reads: what the configuration says instead grants nothing. */
function neededScope(definition: JsonText, { administration }: ServerSettings): Scope | undefined {
  if (!administration) return undefined
  const text = readMember(definition, 'annotations')
  const own = text === undefined ? undefined : parseJsonText(text)
  return isJsonObject(own) && own['readOnlyHint'] === true ? administration.reads : administration.changes
}

/** New names by the server's own ones. A name that another tool of the server has already is not given twice. */
function chooseNames(tools: readonly Capability[], settings: ServerSettings, refuse: (tool: string, name: string) => void): ReadonlyMap<string, string> {
  const renamed = tools.flatMap(({ upstreamName }) => {
    const name = Object.hasOwn(settings.tools, upstreamName) ? settings.tools[upstreamName]?.name : undefined
    return name === undefined || name === upstreamName ? [] : [{ upstreamName, name }]
  })
  const leaving = new Set(renamed.map(({ upstreamName }) => upstreamName))
  const taken = new Set(tools.map(({ upstreamName }) => upstreamName).filter((name) => !leaving.has(name)))
  const names = new Map<string, string>()
  for (const { upstreamName, name } of renamed) {
    if (taken.has(name)) {
      refuse(upstreamName, name)
      taken.add(upstreamName)
      continue
    }
    taken.add(name)
    names.set(upstreamName, name)
  }
  return names
}

const overrideOf = ({ tools }: ServerSettings, tool: string): ToolOverride => (Object.hasOwn(tools, tool) ? (tools[tool] ?? {}) : {})

function originOf(server: McpServerId, upstream: McpServerId | undefined): DefinitionOrigin {
  if (upstream === undefined || upstream === server) return 'server'
  return upstream === twinIdOf(server) ? 'twin' : 'instance'
}

function dressTools({ server, upstream }: ServerCatalog, list: ServerList, settings: ServerSettings, { pins, logger }: DressingDeps): DressedTools {
  const names = chooseNames(list.capabilities, settings, (tool, name) => logger.warn({ server, tool, name }, 'a tool keeps its own name, because another tool of its server has the one that is configured'))
  const shown: Capability[] = []
  const withheld: WithheldTool[] = []
  for (const tool of list.capabilities) {
    const { upstreamName, definition } = tool
    const override = overrideOf(settings, upstreamName)
    const ownName = names.get(upstreamName)
    const needs = neededScope(definition, settings)
    const changedAt = settings.pinning === 'off' ? undefined : pins?.judge(server, upstreamName, definition, originOf(server, upstream))
    const capability: Capability = {
      ...tool,
      definition: overrideDefinition(definition, override),
      ...(ownName === undefined ? {} : { ownName }),
      ...(override.hidden === true ? { isHidden: true } : {}),
      ...(changedAt ? { changedAt } : {}),
      ...(needs === undefined ? {} : { needs }),
    }
    if (!isOn(settings, upstreamName, override)) withheld.push({ capability, why: 'disabled' })
    else if (changedAt && settings.pinning === 'hold') withheld.push({ capability, why: 'held' })
    else shown.push(capability)
  }
  return { list: { ...list, capabilities: shown }, withheld }
}

function instructionsOf(own: string | undefined, settings: ServerSettings | undefined): string | undefined {
  const configured = settings?.instructions
  return configured === undefined ? own : configured === false ? undefined : configured
}

/**
 * Puts over a server's lists what the configuration says of them, and what became of changed definitions. The answer for a list
 * is remembered as long as the list, its settings and the approvals are the same.
 */
export function createServerDresser(deps: DressingDeps): (server: ServerCatalog) => ServerCatalog {
  const remembered = new WeakMap<ServerList, Remembered>()

  function dressed(catalog: ServerCatalog): DressedTools {
    const list = catalog.lists.tool
    const settings = deps.settingsOf(catalog.server)
    const pinsVersion = deps.pins?.version ?? 0
    const known = remembered.get(list)
    if (known?.settings === settings && known?.pinsVersion === pinsVersion) return known
    const made = settings ? dressTools(catalog, list, settings, deps) : { list, withheld: [] }
    remembered.set(list, { ...made, settings, pinsVersion })
    return made
  }

  return (server) => {
    const { list, withheld } = dressed(server)
    const facts = { ...server.facts, instructions: instructionsOf(server.facts.instructions, deps.settingsOf(server.server)) }
    return { ...server, facts, lists: { ...server.lists, tool: list }, withheld }
  }
}
