import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { awaitNamed, type CatalogEntry, type CatalogView } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { readBody, sendJson, type BodyLimits, type HttpRoute, type ReadRestContext, type RequestContext } from '../http/index.ts'
import { findTool, namedIn } from './find-tool.ts'
import { asInvocationFailure, FAILURE_STATUS, InvocationFailure } from './invocation-failure.ts'
import { readInvocation, type Invocation } from './read-invocation.ts'
import { seeTools } from './seen-tools.ts'
import type { ToolsApiDeps } from './tools-api-deps.ts'

interface Made {
  readonly entry: CatalogEntry
  readonly result: JsonText
}

/** Tells that a call goes out from now on, and is counted where it goes. */
type OnCall = () => void

async function readText(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) throw new GatewayError('unsupported_media_type', `Expected a body of type \`application/json\`, got \`${type || 'none'}\`.`)
  const bytes = Buffer.concat(await readBody(request, limits))
  if (!isUtf8(bytes)) throw new InvocationFailure('invalid_request', 'Expected the body to be UTF-8.')
  return bytes.toString('utf8')
}

/** Calls within the time that the script gives, whatever takes it: a server that still starts, or the tool. */
async function callWithin({ calls }: ToolsApiDeps, entry: CatalogEntry, view: CatalogView, { arguments: given, timeoutMs }: Invocation, context: RequestContext): Promise<JsonText> {
  const { principal, logger, signal, requestId } = context
  const deadline = new AbortController()
  const expired = Promise.withResolvers<never>()
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          const error = new GatewayError('upstream_timeout', `No result within ${timeoutMs} ms.`)
          deadline.abort(error)
          expired.reject(error)
        }, timeoutMs)
  const params = `{"name":${toJsonText(entry.exposedName)},"arguments":${given}}` as JsonText
  const call = calls.call({
    view,
    principal,
    method: 'tools/call',
    params,
    era: 'legacy',
    signal: AbortSignal.any([signal, deadline.signal]),
    logger,
    requestId,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  try {
    return await Promise.race([call, expired.promise])
  } finally {
    clearTimeout(timer)
  }
}

function refuseUnfinished(result: JsonText): void {
  const kind = readMember(result, 'resultType')
  if (kind === undefined || kind === '"complete"') return
  throw new InvocationFailure('unfinished', `The tool answered with ${kind}, which a script cannot continue. Call it through \`/mcp\`.`)
}

/** `POST /api/tool-invocations`: one call with one outcome. */
export function invokeTool(deps: ToolsApiDeps, readContext: ReadRestContext): HttpRoute['handle'] {
  async function make(request: IncomingMessage, context: RequestContext, onCall: OnCall): Promise<Made> {
    const text = await readText(request, deps.bodyLimits())
    const invocation = readInvocation(text)
    const { timeoutMs } = invocation
    const client = readContext(request, context, text as JsonText)
    const began = performance.now()
    const look = async (): Promise<CatalogView> => (await seeTools(deps.catalog, request, context, [], client)).view
    const view = await awaitNamed({ look, named: namedIn(invocation), signal: context.signal, timeoutMs })
    const entry = findTool(invocation, view, deps.servers())
    onCall()
    const leftMs = timeoutMs === undefined ? undefined : Math.max(Math.ceil(timeoutMs - (performance.now() - began)), 1)
    const result = await callWithin(deps, entry, view, { ...invocation, timeoutMs: leftMs }, context)
    refuseUnfinished(result)
    return { entry, result }
  }

  return async (request, response, context) => {
    const { requestId, logger } = context
    const started = performance.now()
    let isCalled = false
    const ending = (): string => `"requestId":${JSON.stringify(requestId)},"durationMs":${Math.round(performance.now() - started)}}`
    try {
      const { entry, result } = await make(request, context, () => (isCalled = true))
      const outcome = readMember(result, 'isError') === 'true' ? 'tool-error' : 'answered'
      const facts = toJsonText({ outcome, name: entry.exposedName, server: entry.route.server, tool: entry.ownName })
      sendJson(response, 200, `${facts.slice(0, -1)},"result":${result},${ending()}`)
    } catch (thrown) {
      const { failure, message, facts, cause } = asInvocationFailure(thrown)
      if (!isCalled) deps.events.callRefused(logger, { method: 'tools/call', errorClass: failure })
      if (failure === 'unexpected') logger.error({ err: cause }, 'unexpected failure')
      // Nobody reads it any more.
      if (response.destroyed) return
      const { rpcCode, selection, retryable = false } = facts
      const error = { class: failure, message, retryable, ...(rpcCode === undefined ? {} : { rpcCode }), ...(selection ? { selection } : {}) }
      sendJson(response, FAILURE_STATUS[failure], `{"outcome":"failed","error":${JSON.stringify(error)},${ending()}`, request.complete ? {} : { connection: 'close' })
    }
  }
}
