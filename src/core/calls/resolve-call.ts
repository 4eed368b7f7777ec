import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { serverOfRouted, upstreamOf, type CapabilityKind, type CatalogEntry, type CatalogView, type MissingServer, type WithheldEntry } from '../catalog/index.ts'

/** Where a call goes and what is sent there. */
export interface ResolvedCall {
  /** As clients and people know it. */
  readonly server: McpServerId
  /** Who is called: the server, or the caller’s own instance of it. */
  readonly upstream: McpServerId
  /** The upstream's own name or URI; the method for anything else. */
  readonly name: string
  readonly params: JsonText | undefined
  readonly entry: CatalogEntry | undefined
}

type NamedCall = Omit<ResolvedCall, 'upstream'>

interface Target {
  readonly view: CatalogView
  readonly method: string
  readonly params: JsonText | undefined
  readonly era: McpEra
}

function readString(object: JsonText, key: string, method: string): string {
  const text = readMember(object, key)
  const value = text === undefined ? undefined : parseJsonText(text)
  if (typeof value !== 'string') throw new RpcError(RPC.invalidParams, `Expected \`params.${key}\` of ${method} to be a string.`)
  return value
}

/** One sentence for people: which server, its state, the cause and when it is tried again. */
export function describeUnavailable({ server, state, reason, nextAttemptAt }: MissingServer): string {
  const again = nextAttemptAt ? ` Next attempt at ${nextAttemptAt.toISOString()}.` : ''
  return `MCP server \`${server}\` is not ready (${state}): ${reason}${again}`
}

/** A call that cannot be made, because its server is what is missing. */
export function unavailable(missing: MissingServer): GatewayError {
  return new GatewayError('server_unavailable', describeUnavailable(missing), { details: { ...missing } })
}

/** Says why a tool that is there cannot be called. */
export function withheldError({ entry, why }: WithheldEntry): GatewayError {
  const { exposedName, route, changedAt } = entry
  const details = { server: route.server, name: route.upstreamName }
  if (why === 'disabled') return new GatewayError('capability_disabled', `The tool \`${exposedName}\` is switched off.`, { details })
  return new GatewayError(
    'capability_held',
    `The tool \`${exposedName}\` is held back: its server changed its definition${changedAt ? ` on ${changedAt.toISOString()}` : ''}, and nobody has approved that. An administrator sees the change with \`trunkline tools changes\` and approves it with \`trunkline tools approve ${route.server}/${route.upstreamName}\`.`,
    { details },
  )
}

/** A name of a server that was never listed is not called unknown: the server is what is missing. */
function refuseUnknown(view: CatalogView, kind: CapabilityKind, name: string): never {
  const withheld = kind === 'tool' ? view.withheld(name) : undefined
  if (withheld) throw withheldError(withheld)
  const known = new Set(view.servers.map(({ server }) => server))
  const missing = view.missing.find(({ server }) => !known.has(server) && (view.single === server || name.startsWith(`${server}__`)))
  if (missing) throw unavailable(missing)
  throw new GatewayError('unknown_capability', `Unknown ${kind}: ${name}`)
}

function resolveNamed({ view, method }: Target, kind: 'tool' | 'prompt', object: JsonText): NamedCall {
  const exposedName = readString(object, 'name', method)
  const entry = view.find(kind, exposedName) ?? refuseUnknown(view, kind, exposedName)
  const { server, upstreamName } = entry.route
  const params = exposedName === upstreamName ? object : editMembers(object, { name: toJsonText(upstreamName) })
  return { server, name: upstreamName, params, entry }
}

function resolveUri({ view, era }: Target, exposed: string): { readonly server: McpServerId; readonly uri: string } {
  const found = view.resolveResource(exposed)
  if (found) return found
  const named = serverOfRouted(exposed)
  const missing = view.missing.find(({ server }) => server === named) ?? (view.single === undefined && view.servers.length === 0 ? view.missing[0] : undefined)
  if (missing) throw unavailable(missing)
  const code = era === 'modern' ? RPC.invalidParams : RPC.resourceNotFoundLegacy
  throw new RpcError(code, `Resource not found: ${exposed}`, toJsonText({ uri: exposed }))
}

function resolveResource(target: Target, object: JsonText): NamedCall {
  const exposed = readString(object, 'uri', target.method)
  const { server, uri } = resolveUri(target, exposed)
  return { server, name: uri, params: uri === exposed ? object : editMembers(object, { uri: toJsonText(uri) }), entry: undefined }
}

function resolveCompletion(target: Target, object: JsonText): NamedCall {
  const ref = readMember(object, 'ref') ?? EMPTY_OBJECT
  const type = readString(ref, 'type', target.method)
  if (type === 'ref/prompt') {
    const named = resolveNamed(target, 'prompt', ref)
    return named.params === ref ? { ...named, params: object } : { ...named, params: editMembers(object, { ref: named.params }) }
  }
  if (type !== 'ref/resource') throw new RpcError(RPC.invalidParams, `Expected \`params.ref.type\` to be ref/prompt or ref/resource, got ${type}.`)
  const exposed = readString(ref, 'uri', target.method)
  const template = target.view.find('resource-template', exposed)
  const { server, uri } = template ? { server: template.route.server, uri: template.route.upstreamName } : resolveUri(target, exposed)
  const params = uri === exposed ? object : editMembers(object, { ref: editMembers(ref, { uri: toJsonText(uri) }) })
  return { server, name: uri, params, entry: undefined }
}

/**
 * Finds the server through the same view that listed it, and puts the upstream's names into the params. Methods that name
 * nothing can only be meant for a single server.
 */
export function resolveCall(target: Target): ResolvedCall {
  const named = resolveNames(target)
  return { ...named, upstream: upstreamOf(target.view, named.server) }
}

function resolveNames(target: Target): NamedCall {
  const { view, method, params } = target
  const object = params ?? EMPTY_OBJECT
  switch (method) {
    case 'tools/call':
      return resolveNamed(target, 'tool', object)
    case 'prompts/get':
      return resolveNamed(target, 'prompt', object)
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return resolveResource(target, object)
    case 'completion/complete':
      return resolveCompletion(target, object)
    default:
      if (view.single === undefined) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
      return { server: view.single, name: method, params, entry: undefined }
  }
}
