import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CatalogFilter } from '../../core/catalog/index.ts'
import type { GivenContext } from '../../core/instances/index.ts'
import { writeError } from '../../core/mcp-endpoint/index.ts'
import type { McpSession } from '../../core/sessions/index.ts'
import { RPC, RpcError, type RpcId } from '../../domain/json-rpc.ts'
import { sendJson, type RequestContext } from '../http/index.ts'
import type { Accepted } from './accepted.ts'

/** One HTTP request of a legacy client, and what was read from its head. */
export interface LegacyHttp {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: RequestContext
  readonly accepted: Accepted
  readonly filter: CatalogFilter
  readonly given: GivenContext
}

export function headerOf({ request }: LegacyHttp, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

export function refuse(response: ServerResponse, status: number, message: string, id: RpcId | null = null): void {
  sendJson(response, status, writeError(id, new RpcError(RPC.invalidRequest, message)))
}

const PRIMING_VERSION = '2025-11-25'

/** Whether the client understands an event without data; older ones fail on it. */
export const takesPriming = ({ protocolVersion }: McpSession): boolean => protocolVersion >= PRIMING_VERSION

/** For the log: enough of the id to tell sessions apart, and too little to use one. */
export const describeSession = ({ id, clientInfo, protocolVersion }: McpSession): object => ({ sessionId: id.slice(0, 6), client: clientInfo?.['name'], protocolVersion })
