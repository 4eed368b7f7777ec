import type { CatalogEntry, CatalogView, NamedCapability } from '../../core/catalog/index.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { InvocationFailure } from './invocation-failure.ts'
import type { Invocation } from './read-invocation.ts'

/** A name as it may be meant: as shown to clients, or by server and the server's own name. */
function readings({ tool, server }: Invocation): readonly { readonly server: string; readonly tool: string }[] {
  if (server !== undefined) return [{ server, tool }]
  return ['/', '__'].flatMap((separator) => {
    const at = tool.indexOf(separator)
    return at <= 0 ? [] : [{ server: tool.slice(0, at), tool: tool.slice(at + separator.length) }]
  })
}

/** All that an invocation may mean. */
export function namedIn(invocation: Invocation): readonly NamedCapability[] {
  const exact = readings(invocation).map(({ server, tool }): NamedCapability => ({ kind: 'tool-of', server, name: tool }))
  return invocation.server === undefined ? [{ kind: 'tool', name: invocation.tool }, ...exact] : exact
}

/** Says why the tool is not there: its server is off, is not up yet, or has no such tool. */
function refuse(invocation: Invocation, view: CatalogView, servers: readonly McpServerDefinition[]): InvocationFailure {
  const meant = readings(invocation).map(({ server }) => server)
  const off = servers.find(({ id, enabled }) => !enabled && meant.includes(id))
  if (off) return new InvocationFailure('disabled', `The MCP server \`${off.id}\` is switched off${off.disabledReason === undefined ? '' : `: ${off.disabledReason}`}.`)
  const listed = new Set<string>(view.servers.map(({ server }) => server))
  const missing = view.missing.find(({ server }) => meant.includes(server) && !listed.has(server))
  if (missing) return new InvocationFailure('unavailable', `The MCP server \`${missing.server}\` is ${missing.state}: ${missing.reason}`, { retryable: true })
  if (invocation.server !== undefined && !listed.has(invocation.server)) return new InvocationFailure('not_found', `There is no MCP server \`${invocation.server}\` in the selection.`)
  const names = view.list('tool').flatMap(({ exposedName, ownName, route }) => (invocation.server === undefined ? [exposedName] : route.server === invocation.server ? [ownName] : []))
  const near = nearestWord(invocation.tool, names)
  return new InvocationFailure('not_found', `There is no tool \`${invocation.tool}\`${near === undefined ? '; `GET /api/tools` lists them.' : `. Did you mean \`${near}\`?`}`)
}

/** The tool that an invocation means, in the view that its caller lists. Throws an `InvocationFailure` that says why there is none. */
export function findTool(invocation: Invocation, view: CatalogView, servers: readonly McpServerDefinition[]): CatalogEntry {
  const { tool, server } = invocation
  const shown = view.find('tool', tool)
  if (shown && (server === undefined || shown.route.server === server)) return shown
  const found = readings(invocation).map((reading) => view.findTool(reading.server, reading.tool)).find((entry) => entry !== undefined)
  if (found) return found
  // The call of a tool that is withheld says itself why it cannot be made, and is recorded.
  const withheld = [view.withheld(tool), ...readings(invocation).map((reading) => view.withheldTool(reading.server, reading.tool))].find((each) => each !== undefined && (server === undefined || each.entry.route.server === server))
  if (withheld) return withheld.entry
  throw refuse(invocation, view, servers)
}
