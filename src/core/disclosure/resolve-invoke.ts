import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, readMembers, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogEntry, CatalogView } from '../catalog/index.ts'
import { checkArguments } from './check-arguments.ts'
import { BadArguments } from './read-meta-arguments.ts'
import { similarNames } from './similar-names.ts'

const MAX_SCHEMA_SHOWN = 4_000

function refuseUnknown(view: CatalogView, name: string): never {
  const similar = similarNames(view, name)
  throw new BadArguments(`There is no tool \`${name.slice(0, 128)}\`.${similar.length > 0 ? ` Did you mean ${similar.map((near) => `\`${near}\``).join(' or ')}?` : ''}`)
}

/** True for a tool of a server that was never listed: the call itself says best why it cannot be made. */
function isOfMissing({ servers, missing, single }: CatalogView, name: string): boolean {
  const listed = new Set(servers.map(({ server }) => server))
  return missing.some(({ server }) => !listed.has(server) && (single === server || name.startsWith(`${server}__`)))
}

function check(entry: CatalogEntry, name: string, given: JsonText): void {
  const fault = checkArguments(entry.definition, given)
  if (fault === undefined) return
  const schema = readMember(entry.definition, 'inputSchema') ?? EMPTY_OBJECT
  const shown = schema.length <= MAX_SCHEMA_SHOWN ? ` Its parameters: ${schema}` : ' Get its parameters with tool_schema.'
  throw new BadArguments(`The arguments do not fit \`${name}\`: ${fault}.${shown}`)
}

/**
 * The params of a direct call for those of `tool_invoke`: name and arguments take their places by text splices, and everything
 * else of the request, its `_meta` and its answers to a server's questions, stays as it is. Throws `BadArguments`.
 */
export function resolveInvoke(view: CatalogView, params: JsonText): JsonText {
  const outer = readMember(params, 'arguments') ?? EMPTY_OBJECT
  const unknown = readMembers(outer).find(({ key }) => key !== 'tool' && key !== 'arguments')
  if (unknown) throw new BadArguments(`There is no parameter \`${unknown.key}\`. Put the parameters of the tool into \`arguments\`.`)
  const nameText = readMember(outer, 'tool')
  const name = nameText === undefined ? undefined : parseJsonText(nameText)
  if (typeof name !== 'string') throw new BadArguments('Expected `tool` to be the name of a tool.')
  const given = readMember(outer, 'arguments')
  if (given !== undefined && !given.startsWith('{')) throw new BadArguments('Expected `arguments` to be an object.')
  const entry = view.find('tool', name)
  // Why a tool is withheld, and why a server is missing, the call itself says best.
  if (!entry && !isOfMissing(view, name) && !view.withheld(name)) refuseUnknown(view, name)
  if (entry) check(entry, name, given ?? EMPTY_OBJECT)
  return editMembers(params, { name: toJsonText(name), arguments: given })
}
