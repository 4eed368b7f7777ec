import { EMPTY_OBJECT, toJsonText } from '../../../lib/json-text.ts'
import type { ModernEnvelope } from '../peer/shape-params.ts'
import type { McpCall } from '../upstream.ts'
import { CALLER_CAPABILITIES, type ClientInfo } from './requests.ts'

/** Who a modern request says it comes from. A caller's own `clientCapabilities` take precedence over both. */
export interface Envelopes {
  /** For what the gateway asks on its own account: it can answer nothing back. */
  readonly own: ModernEnvelope
  /** A caller that serves requests can be asked; any other must not be shown as one. */
  forCall(call: McpCall): ModernEnvelope
}

export function createEnvelopes(client: ClientInfo): Envelopes {
  const clientInfo = toJsonText({ ...client })
  const own: ModernEnvelope = { clientInfo, capabilities: EMPTY_OBJECT }
  const asking: ModernEnvelope = { clientInfo, capabilities: toJsonText(CALLER_CAPABILITIES) }
  return { own, forCall: (call) => (call.onServerRequest ? asking : own) }
}
