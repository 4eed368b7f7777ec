import type { McpServerId } from '../../domain/ids.ts'

/**
 * Which instance of a server it is. `static`: the one for everybody. `rendered`: shared by all whose values complete a
 * template in the same way. `session`: of one owner, such as an MCP session; of a template it is rendered as well.
 */
export type InstanceIdentity =
  | { readonly kind: 'static'; readonly server: McpServerId }
  | { readonly kind: 'rendered'; readonly server: McpServerId; readonly rendered: string }
  | { readonly kind: 'session'; readonly server: McpServerId; readonly rendered: string | undefined; readonly owner: string }

const SEPARATOR = ':'
/** In the place of a part that there is none of. */
const NONE = '-'
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

function part(text: string): string {
  if (!PART.test(text)) throw new RangeError(`Expected a part of an instance key to be letters, digits, \`.\`, \`_\` and \`-\`, got ${JSON.stringify(text)}.`)
  return text
}

/** `files`, `repo:9f2c…` and `repo:9f2c…:41d0…` or `files:-:41d0…`. Throws a `RangeError` for a part that could be read as two. */
export function writeInstanceKey(identity: InstanceIdentity): McpServerId {
  const server = part(identity.server)
  switch (identity.kind) {
    case 'static':
      return server as McpServerId
    case 'rendered':
      return `${server}${SEPARATOR}${part(identity.rendered)}` as McpServerId
    case 'session':
      return [server, identity.rendered === undefined ? NONE : part(identity.rendered), part(identity.owner)].join(SEPARATOR) as McpServerId
  }
}

/** Undefined for a text that `writeInstanceKey` never wrote. */
export function readInstanceKey(key: string): InstanceIdentity | undefined {
  const [id = '', rendered, owner, ...rest] = key.split(SEPARATOR)
  const server = id as McpServerId
  const isPart = (text: string | undefined): text is string => text !== undefined && PART.test(text)
  if (!isPart(id) || rest.length > 0) return undefined
  if (rendered === undefined) return { kind: 'static', server }
  if (owner === undefined) return isPart(rendered) ? { kind: 'rendered', server, rendered } : undefined
  if (!isPart(owner) || (rendered !== NONE && !isPart(rendered))) return undefined
  return { kind: 'session', server, rendered: rendered === NONE ? undefined : rendered, owner }
}

/** Where a client’s instance may be, nearest first: its own, then one that is rendered alike, then the one for everybody. */
export function lookupOrder(server: McpServerId, rendered: string | undefined, owner: string | undefined): readonly [McpServerId, ...McpServerId[]] {
  const own = owner === undefined ? [] : [writeInstanceKey({ kind: 'session', server, rendered, owner })]
  const alike = rendered === undefined ? [] : [writeInstanceKey({ kind: 'rendered', server, rendered })]
  const [nearest, ...others] = [...own, ...alike]
  const forAll = writeInstanceKey({ kind: 'static', server })
  return nearest === undefined ? [forAll] : [nearest, ...others, forAll]
}
