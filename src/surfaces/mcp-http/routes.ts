import { toRpcError, writeError } from '../../core/mcp-endpoint/index.ts'
import { RpcError } from '../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, toJsonText } from '../../lib/json-text.ts'
import type { ErrorRenderer, HttpRoute } from '../http/index.ts'

type Handle = HttpRoute['handle']
type Handlers = Readonly<Record<'POST' | 'GET' | 'DELETE', Handle>>

/** Failures before a message was read, in the shape of JSON-RPC: they answer no id. */
const renderError: ErrorRenderer = (error, requestId) => {
  const { code, message, data = EMPTY_OBJECT } = toRpcError(error)
  return { body: writeError(null, new RpcError(code, message, editMembers(data, { requestId: toJsonText(requestId) }))) }
}

export function mcpRoutes(handlers: Handlers): readonly HttpRoute[] {
  return ['/mcp', '/mcp/{server}', '/mcp/presets/{preset}'].flatMap((path) =>
    (['POST', 'GET', 'DELETE'] as const).map((method): HttpRoute => ({ method, path, policy: 'tools:use', renderError, handle: handlers[method] })),
  )
}

/** The deprecated transport: streams, and the one address to which their clients post. */
export function sseRoutes({ open, post }: { readonly open: Handle; readonly post: Handle }): readonly HttpRoute[] {
  const streams = ['/sse', '/sse/{server}', '/sse/presets/{preset}'].map((path): HttpRoute => ({ method: 'GET', path, policy: 'tools:use', renderError, handle: open }))
  return [...streams, { method: 'POST', path: '/messages', policy: 'tools:use', renderError, handle: post }]
}
