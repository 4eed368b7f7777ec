import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CatalogView } from '../catalog/index.ts'

/** As long as a call waits for any server that is starting. */
const START_WAIT_MS = 10_000
const POLL_MS = 25

const KINDS = { 'tools/call': 'tool', 'prompts/get': 'prompt' } as const

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The name that is called: a tool’s own, or the one that `tool_invoke` passes on. */
function readName(params: JsonText | undefined): string | undefined {
  const value = params === undefined ? undefined : parseJsonText(params)
  if (!isJsonObject(value)) return undefined
  const { name, arguments: given } = value
  return name === 'tool_invoke' && isJsonObject(given) ? text(given['tool']) : text(name)
}

function isPending({ find, single, missing, servers, resolveResource }: CatalogView, method: string, params: JsonText | undefined): boolean {
  if (missing.every(({ upstream }) => upstream === undefined)) return false
  const listed = new Set(servers.map(({ server }) => server))
  const coming = missing.filter(({ server, upstream, state }) => upstream !== undefined && !listed.has(server) && (state === 'starting' || state === 'ready'))
  if (coming.length === 0) return false
  const leadsThere = (name: string): boolean => coming.some(({ server }) => single === server || name.startsWith(`${server}__`))
  switch (method) {
    case 'tools/call':
    case 'prompts/get': {
      const name = readName(params)
      return name !== undefined && find(KINDS[method], name) === undefined && leadsThere(name)
    }
    case 'resources/read':
    case 'resources/subscribe': {
      const value = params === undefined ? undefined : parseJsonText(params)
      const uri = isJsonObject(value) ? text(value['uri']) : undefined
      return uri !== undefined && single === undefined && resolveResource(uri) === undefined
    }
    default:
      return false
  }
}

/**
 * The view in which a call can be resolved. A client’s own instance has no lists from before, so a call that comes while it
 * starts, as the first one after a restart does, waits for what any other server has already. Never rejects.
 */
export async function awaitOwnServer(look: () => CatalogView, { method, params }: { readonly method: string; readonly params: JsonText | undefined }, signal: AbortSignal): Promise<CatalogView> {
  const deadline = Date.now() + START_WAIT_MS
  let view = look()
  while (isPending(view, method, params) && !signal.aborted && Date.now() < deadline) {
    await sleep(POLL_MS)
    view = look()
  }
  return view
}
