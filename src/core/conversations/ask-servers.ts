import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, toJsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import { awaitNamed, viewCatalog, type Catalog, type CatalogFilter, type NamedCapability } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import { readPromptContent, readResourceContent } from './mcp-contents.ts'
import type { AttachedPart } from './read-attachments.ts'

export interface ServerDeps {
  readonly catalog: Catalog
  readonly calls: Calls
}

/** Who asks, and until when. */
export interface Asking {
  readonly principal: Principal
  readonly logger: Logger
  readonly signal: AbortSignal
}

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

async function ask({ catalog, calls }: ServerDeps, filter: CatalogFilter, named: NamedCapability, method: string, params: JsonObject, { principal, logger, signal }: Asking): Promise<JsonObject> {
  if (!principal.scopes.has('tools:use')) throw new GatewayError('forbidden', 'This key may not use MCP servers: it lacks the scope `tools:use`.')
  const view = await awaitNamed({ look: async () => viewCatalog(await catalog.contacted(filter, principal), principal, filter), named: [named], signal })
  try {
    const result = parseJsonText(await calls.call({ view, principal, method, params: toJsonText(params), era: 'legacy', signal, logger }))
    return isJsonObject(result) ? result : {}
  } catch (error) {
    if (error instanceof RpcError) throw new GatewayError('invalid_request', `The MCP server refused: ${error.message}`, { cause: error })
    throw error
  }
}

/** `/prompt docs/summarise {"length": 3}`: the messages that a server's prompt stands for. */
export interface PromptUse {
  readonly server: string
  readonly name: string
  readonly given: JsonObject
}

const PROMPT = /^\/prompt\s+(?<server>[^/\s]+)\/(?<name>\S+)\s*(?<given>[\s\S]*)$/

/** Undefined for a message that uses no prompt. Throws `invalid_request` for one that does so wrongly. */
export function readPromptUse(text: string): PromptUse | undefined {
  if (!/^\/prompt(?:\s|$)/.test(text)) return undefined
  const groups = PROMPT.exec(text)?.groups
  const { server, name, given = '' } = groups ?? {}
  if (server === undefined || name === undefined) throw new GatewayError('invalid_request', 'Expected `/prompt <server>/<name> {arguments}`.')
  if (given.trim() === '') return { server, name, given: {} }
  try {
    const value: unknown = JSON.parse(given)
    if (isJsonObject(value)) return { server, name, given: value }
  } catch (cause) {
    throw new GatewayError('invalid_request', 'Expected the arguments of `/prompt` to be a JSON object.', { cause })
  }
  throw new GatewayError('invalid_request', 'Expected the arguments of `/prompt` to be a JSON object.')
}

/** Messages as Chat Completions has them. */
export async function fetchPrompt(deps: ServerDeps, { server, name, given }: PromptUse, asking: Asking): Promise<readonly JsonObject[]> {
  const id = server as McpServerId
  if (!deps.catalog.current.configured.some((known) => known.server === id)) throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`.`)
  const texts = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]))
  const { messages } = await ask(deps, { servers: [id], tags: undefined, naming: 'original' }, { kind: 'prompt', name }, 'prompts/get', { name, arguments: texts }, asking)
  const said = listOf(messages).map(({ role, content }): JsonObject => {
    const part = readPromptContent(content)
    const isText = part['type'] === 'text' && typeof part['text'] === 'string'
    return role === 'assistant' ? { role, content: isText ? (part['text'] ?? '') : '' } : { role: 'user', content: isText ? (part['text'] ?? '') : [part] }
  })
  if (said.length === 0) throw new GatewayError('invalid_request', `The prompt \`${server}/${name}\` says nothing.`)
  return said
}

/** A resource by its exposed address, as parts of a message. */
export async function fetchResource(deps: ServerDeps, uri: string, asking: Asking): Promise<readonly AttachedPart[]> {
  const { contents } = await ask(deps, { servers: 'all', tags: undefined, naming: deps.catalog.naming }, { kind: 'resource', name: uri }, 'resources/read', { uri }, asking)
  return listOf(contents).map((content) => {
    const { mimeType, text, blob } = content
    const bytes = typeof text === 'string' ? Buffer.byteLength(text) : typeof blob === 'string' ? Buffer.byteLength(blob, 'base64') : 0
    return { note: { name: uri, mediaType: typeof mimeType === 'string' ? mimeType : 'text/plain', bytes }, part: readResourceContent(content) }
  })
}
