import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { LEGACY_VERSION } from './revisions.ts'

/** How the gateway names itself to MCP servers. */
export interface ClientInfo {
  readonly name: string
  readonly version: string
}

/**
 * Shown to legacy servers for the whole connection, whoever calls: a call without a handler gets a refusal. `roots` is only
 * there for a server that can be told some outside any call, as servers ask for them right after the handshake.
 */
export const CALLER_CAPABILITIES = { sampling: {}, elicitation: { form: {}, url: {} } } as const

/** A server may make tasks of its questions: the gateway keeps them, and the client is asked as ever. */
const SERVED_TASKS = { list: {}, cancel: {}, requests: { sampling: { createMessage: {} }, elicitation: { create: {} } } } as const

const LEGACY_CAPABILITIES = { ...CALLER_CAPABILITIES, tasks: SERVED_TASKS } as const

export function initializeParams(clientInfo: ClientInfo, hasRoots: boolean): JsonText {
  const capabilities = { ...LEGACY_CAPABILITIES, ...(hasRoots ? { roots: { listChanged: true } } : {}) }
  return toJsonText({ protocolVersion: LEGACY_VERSION, capabilities, clientInfo: { ...clientInfo } })
}

/** Which change notices to ask for, by what the server says it can send; `undefined` when it sends none. */
export function listenParams(capabilities: Readonly<Record<string, unknown>>): JsonText | undefined {
  const notifications: Record<string, boolean> = {}
  for (const list of ['tools', 'prompts', 'resources'] as const) {
    const capability = capabilities[list]
    if (typeof capability === 'object' && capability !== null && 'listChanged' in capability && capability.listChanged === true) {
      notifications[`${list}ListChanged`] = true
    }
  }
  return Object.keys(notifications).length === 0 ? undefined : toJsonText({ notifications })
}
