import type { JsonText } from '../../lib/json-text.ts'
import type { McpCall } from '../../upstreams/mcp/index.ts'
import type { CallRequest } from './call-request.ts'

/** A caller's request as its server gets it: everything that the server says during it goes back to this caller. */
export function makeCall(request: CallRequest, params: JsonText | undefined, overrides: Partial<McpCall> = {}): McpCall {
  const { method, signal, timeoutMs, onProgress, onServerRequest, onServerNotification, owner } = request
  return {
    method,
    params,
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onProgress ? { onProgress } : {}),
    ...(onServerRequest ? { onServerRequest } : {}),
    ...(onServerNotification ? { onServerNotification } : {}),
    ...(owner ? { asker: owner } : {}),
    ...overrides,
  }
}
