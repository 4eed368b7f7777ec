import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { removeAt, writeAt } from './overlay-paths.ts'

/** What becomes of whole servers. */
export type ServerEdit =
  /** A server that the document does not have, in the document’s form and with its `origin`. */
  | { readonly kind: 'install'; readonly server: string; readonly entry: JsonObject }
  /** The same in the place of one that was installed; undefined takes it away. */
  | { readonly kind: 'reinstall'; readonly server: string; readonly entry: JsonObject | undefined }
  /** Members of an entry, over those of the document: maps are joined, `null` takes back what was set at run time. */
  | { readonly kind: 'edit-server'; readonly server: string; readonly change: JsonObject }

/** How chats are led: `null` takes one setting back, and no change at all takes all of them back. */
export interface ChatEdit {
  readonly kind: 'chat'
  readonly change: JsonObject | undefined
}

/** The settings of `chat` that are changed at run time, by their names in the document. */
export const CHAT_SETTINGS = ['model', 'systemPrompt', 'maxToolHops', 'parameters'] as const

function change(overlay: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  if (value === null || value === undefined) return removeAt(overlay, path)
  if (!isJsonObject(value)) return writeAt(overlay, path, value)
  return Object.entries(value).reduce((edited, [member, inner]) => change(edited, [...path, member], inner), overlay)
}

export function editChat(overlay: JsonObject, edit: JsonObject | undefined): JsonObject {
  if (!edit) return CHAT_SETTINGS.reduce((edited, name) => removeAt(edited, ['chat', name]), overlay)
  return change(overlay, ['chat'], edit)
}

interface KnownServer {
  readonly id: string
  /** `mcpServers` or `mcpTemplates`. */
  readonly section: string
}

/** Throws `conflict` for a name that is taken and `invalid_request` for a server that was not installed. */
export function editServers(overlay: JsonObject, edit: ServerEdit, servers: readonly KnownServer[]): JsonObject {
  const { server } = edit
  const path = ['mcpServers', server]
  if (edit.kind === 'edit-server') return change(overlay, [servers.find(({ id }) => id === server)?.section ?? 'mcpServers', server], edit.change)
  if (edit.kind === 'install') {
    if (servers.some(({ id }) => id === server)) throw new GatewayError('conflict', `There is an MCP server \`${server}\` already.`)
    // What a switch left behind of an earlier server of this name is not about this one.
    return writeAt(removeAt(overlay, path), path, edit.entry)
  }
  const entries = overlay['mcpServers']
  const old = isJsonObject(entries) && Object.hasOwn(entries, server) ? entries[server] : undefined
  if (!isJsonObject(old) || !isJsonObject(old['origin'])) throw new GatewayError('invalid_request', `The MCP server \`${server}\` was not installed at run time.`)
  return edit.entry ? writeAt(overlay, path, edit.entry) : removeAt(overlay, path)
}
