import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { PresetDefinition } from '../../domain/preset.ts'
import type { ProviderDefinition } from '../../domain/provider.ts'
import type { ModelSwitches } from '../../domain/route.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { editChat, editServers, type ChatEdit, type ServerEdit } from './edit-servers.ts'
import { removeAt, writeAt } from './overlay-paths.ts'

/** One switch to flip. */
export type SwitchChange =
  | { readonly kind: 'provider'; readonly provider: string; readonly isEnabled: boolean }
  | { readonly kind: 'model'; readonly provider: string; readonly model: string; readonly isEnabled: boolean }
  /** A server, or a template of servers. */
  | { readonly kind: 'server'; readonly server: string; readonly isEnabled: boolean }
  /** What is different about a tool: members that are named are set, `null` takes one back, and no change at all takes all back that was switched. */
  | { readonly kind: 'tool'; readonly server: string; readonly tool: string; readonly change: JsonObject | undefined }
  | { readonly kind: 'route'; readonly publicModel: string; readonly isEnabled: boolean }
  | { readonly kind: 'favourite'; readonly name: string; readonly isFavourite: boolean }
  /** The whole preset in the document's form; undefined takes it away. */
  | { readonly kind: 'preset'; readonly name: string; readonly entry: JsonObject | undefined }
  | ServerEdit
  | ChatEdit

/** What is in force, document and overlay together. */
export interface SettingsInForce {
  readonly providers: readonly Pick<ProviderDefinition, 'id' | 'enabled' | 'disabledReason'>[]
  readonly modelSwitches: ModelSwitches
  readonly mcpServers: readonly Pick<McpServerDefinition, 'id' | 'enabled' | 'instances'>[]
  readonly presets: readonly Pick<PresetDefinition, 'name' | 'origin'>[]
}

/** Undefined when the list says it already. */
function withMember(list: readonly string[], name: string, isMember: boolean): readonly string[] | undefined {
  if (list.includes(name) === isMember) return undefined
  return isMember ? [...list, name] : list.filter((each) => each !== name)
}

/** A preset of the document is taken away by `null`; one that only the overlay has just goes. */
function withoutPreset(overlay: JsonObject, name: string, presets: SettingsInForce['presets']): JsonObject {
  const preset = presets.find((candidate) => candidate.name === name)
  if (!preset) return overlay
  if (preset.origin !== 'overlay') return writeAt(overlay, ['presets', name], null)
  const kept = isJsonObject(overlay['presets']) ? overlay['presets'] : {}
  return { ...overlay, presets: Object.fromEntries(Object.entries(kept).filter(([key]) => key !== name)) }
}

/** Where a server is in the document. */
const sectionOf = (server: string, servers: SettingsInForce['mcpServers']): string =>
  servers.find(({ id }) => id === server)?.instances?.isTemplate === true ? 'mcpTemplates' : 'mcpServers'

function editTool(overlay: JsonObject, path: readonly string[], change: JsonObject | undefined): JsonObject {
  if (!change) return removeAt(overlay, path)
  return Object.entries(change).reduce((edited, [member, value]) => (value === null || value === undefined ? removeAt(edited, [...path, member]) : writeAt(edited, [...path, member], value)), overlay)
}

function editServer(overlay: JsonObject, { server, isEnabled }: { readonly server: string; readonly isEnabled: boolean }, servers: SettingsInForce['mcpServers']): JsonObject {
  const isSame = servers.find(({ id }) => id === server)?.enabled === isEnabled
  return isSame ? overlay : writeAt(overlay, [sectionOf(server, servers), server, 'enabled'], isEnabled)
}

function editProvider(overlay: JsonObject, { provider, isEnabled }: { readonly provider: string; readonly isEnabled: boolean }, providers: SettingsInForce['providers']): JsonObject {
  const current = providers.find(({ id }) => id === provider)
  // One that lacks something is not enabled either, whatever its switch says.
  const isSame = current?.enabled === isEnabled && current.disabledReason === undefined
  return isSame ? overlay : writeAt(overlay, ['providers', provider, 'enabled'], isEnabled)
}

function editOne(overlay: JsonObject, change: SwitchChange, { providers, modelSwitches, presets, mcpServers }: SettingsInForce): JsonObject {
  const set = (path: readonly string[], value: JsonValue | undefined): JsonObject => (value === undefined ? overlay : writeAt(overlay, path, value))
  switch (change.kind) {
    case 'provider':
      return editProvider(overlay, change, providers)
    case 'model': {
      const off = modelSwitches.disabledModels[change.provider] ?? []
      return set(['providers', change.provider, 'disabledModels'], withMember(off, change.model, !change.isEnabled))
    }
    case 'server':
      return editServer(overlay, change, mcpServers)
    case 'tool':
      return editTool(overlay, [sectionOf(change.server, mcpServers), change.server, 'tools', change.tool], change.change)
    case 'route':
      return set(['disabledModels'], withMember(modelSwitches.disabledRoutes, change.publicModel, !change.isEnabled))
    case 'favourite':
      return set(['favourites'], withMember(modelSwitches.favourites, change.name, change.isFavourite))
    case 'preset':
      return change.entry ? writeAt(overlay, ['presets', change.name], change.entry) : withoutPreset(overlay, change.name, presets)
    case 'chat':
      return editChat(overlay, change.change)
    default:
      return editServers(overlay, change, mcpServers.map(({ id }) => ({ id, section: sectionOf(id, mcpServers) })))
  }
}

/** The overlay after the changes, each about something else; the same object when all of them hold already. */
export function editSwitches(overlay: JsonObject, changes: readonly SwitchChange[], settings: SettingsInForce): JsonObject {
  return changes.reduce((edited, change) => editOne(edited, change, settings), overlay)
}
