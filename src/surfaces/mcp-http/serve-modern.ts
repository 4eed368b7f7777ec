import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CatalogFilter } from '../../core/catalog/index.ts'
import type { GivenContext } from '../../core/instances/index.ts'
import { isUnexpected, toRpcError, writeError, writeResult, type McpEndpoint } from '../../core/mcp-endpoint/index.ts'
import { RPC, type RpcRequest } from '../../domain/json-rpc.ts'
import type { RequestContext } from '../http/index.ts'
import type { Accepted } from './accepted.ts'
import { checkParamHeaders } from './check-param-headers.ts'
import { createPostAnswer } from './post-answer.ts'

/** @see revision 2026-07-28, Streamable HTTP: all other errors are told inside an answer with status 200. */
const STATUS: Readonly<Record<number, number>> = {
  [RPC.methodNotFound]: 404,
  [RPC.headerMismatch]: 400,
  [RPC.missingClientCapability]: 400,
  [RPC.unsupportedProtocolVersion]: 400,
  [RPC.invalidRequest]: 400,
}

/** Serves one modern request; the client's leaving cancels it. */
export async function serveModern(
  endpoint: McpEndpoint,
  request: RpcRequest,
  filter: CatalogFilter,
  http: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly context: RequestContext; readonly accepted: Accepted; readonly given: GivenContext },
): Promise<void> {
  const { context, given } = http
  const answer = createPostAnswer(http.response, http.accepted, {})
  const logger = context.logger
  try {
    if (request.method === 'tools/call') checkParamHeaders(endpoint.view(request, { filter, principal: context.principal, given, logger }), request.params, http.request.headers)
    const result = await endpoint.serve(request, { filter, principal: context.principal, given, channel: answer, signal: context.signal, logger })
    answer.finish(writeResult(request.id, result), 200)
  } catch (thrown) {
    if (isUnexpected(thrown)) logger.error({ err: thrown, method: request.method }, 'unexpected failure')
    const error = toRpcError(thrown)
    answer.finish(writeError(request.id, error), STATUS[error.code] ?? 200)
  }
}
