import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { CallContext, ScriptAnswer, ScriptCall } from '../../upstreams/sandbox/index.ts'
import type { CallRequest, Calls } from '../calls/index.ts'
import { awaitNamed, type CatalogView, type NamedCapability } from '../catalog/index.ts'
import { BadArguments, resolveInvoke } from '../disclosure/index.ts'
import { nameTools } from './name-tools.ts'
import { toToolError, toToolValue } from './tool-value.ts'

/** The client of one script: who is told, who is asked. */
export interface ScriptClient {
  readonly request: CallRequest
  readonly view: () => CatalogView
  /** In the place of the request’s own: of a modern client’s running round. */
  readonly ask: CallRequest['onServerRequest']
  readonly onProgress: CallRequest['onProgress']
  readonly onServerNotification: CallRequest['onServerNotification']
  readonly clientCapabilities: JsonText | undefined
  /** Of the script, in the record of its calls. */
  readonly id: string
}

const CAPABILITY_OF: Readonly<Record<string, string>> = { 'sampling/createMessage': 'sampling', 'elicitation/create': 'elicitation', 'roots/list': 'roots' }
/** @see https://www.w3.org/TR/trace-context/ as MCP carries it. */
const TRACE_KEYS = ['traceparent', 'tracestate', 'baggage'] as const

/** The trace of the client goes on; everything else of its `_meta` is about its own call. */
function traceOf(params: JsonText | undefined): JsonText | undefined {
  const meta = params && readMember(params, '_meta')
  if (meta === undefined || !TRACE_KEYS.some((key) => meta.includes(key))) return undefined
  return editMembers(EMPTY_OBJECT, Object.fromEntries(TRACE_KEYS.map((key) => [key, readMember(meta, key)])))
}

interface Target {
  readonly name: string
  /** How the script calls it, for people. */
  readonly path: string
}

/** A name that leads nowhere is kept: the road to the servers says best why. */
function locate(call: ScriptCall, view: CatalogView): Target {
  if (call.kind === 'named') return { name: call.name, path: call.name }
  const entry = nameTools(view).find(call.server, call.tool)
  const guess = view.single === undefined ? `${call.server}__${call.tool}` : call.tool
  return { name: entry?.exposedName ?? guess, path: `${call.server}.${call.tool}` }
}

function askOf({ ask, clientCapabilities }: ScriptClient, { hold }: CallContext): CallRequest['onServerRequest'] {
  if (!ask) return undefined
  return async (method, params) => {
    const capability = CAPABILITY_OF[method]
    if (capability === undefined) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
    if (clientCapabilities === undefined || readMember(clientCapabilities, capability) === undefined) throw new RpcError(RPC.methodNotFound, `The client did not declare the capability \`${capability}\`.`)
    using _held = hold()
    return await ask(method, params)
  }
}

/** A sampling or elicitation answer is waited for by a person; the text of a failure is for the script, and only what is meant to be seen. */
function failureOf(error: unknown, path: string, { request: { logger } }: ScriptClient): ScriptAnswer {
  if (error instanceof BadArguments) return toToolError({ message: error.message, tool: path })
  if (error instanceof GatewayError) return toToolError({ message: error.message, tool: path, code: error.code })
  if (error instanceof RpcError) return toToolError({ message: error.message, tool: path, code: String(error.code) })
  logger.error({ err: error, tool: path }, 'a call of a script failed unexpectedly')
  return toToolError({ message: 'The gateway failed to make this call.', tool: path, code: 'internal' })
}

/**
 * Makes one call of a script as its client would: found through the client’s view of this moment, checked against the tool’s schema,
 * recorded like any call. The script is taken at its word in nothing.
 */
export async function callForScript(call: ScriptCall, client: ScriptClient, calls: Pick<Calls, 'call'>, context: CallContext): Promise<ScriptAnswer> {
  const { request, ask: _ask, onProgress, onServerNotification, clientCapabilities, id } = client
  const first = locate(call, client.view())
  const { path } = first
  try {
    const named: NamedCapability = call.kind === 'named' || client.view().single !== undefined ? { kind: 'tool', name: first.name } : { kind: 'tool-of', server: call.server, name: call.tool }
    const view = await awaitNamed({ look: client.view, named: [named], signal: context.signal })
    const { name } = locate(call, view)
    const invoked = editMembers(EMPTY_OBJECT, { tool: toJsonText(name), arguments: call.arguments })
    const params = resolveInvoke(view, editMembers(EMPTY_OBJECT, { name: toJsonText(name), arguments: invoked, _meta: traceOf(request.params) }))
    const onServerRequest = askOf(client, context)
    const result = await calls.call({
      view,
      principal: request.principal,
      method: 'tools/call',
      params,
      // Whoever asks, the gateway answers for it: a script knows no rounds and no tasks.
      era: 'legacy',
      signal: context.signal,
      logger: request.logger,
      requestId: id,
      owner: request.owner ?? client,
      logLevel: request.logLevel,
      ...(clientCapabilities === undefined ? {} : { clientCapabilities }),
      ...(onProgress ? { onProgress } : {}),
      ...(onServerRequest ? { onServerRequest } : {}),
      ...(onServerNotification ? { onServerNotification } : {}),
    })
    return call.kind === 'named' ? { isError: false, value: result } : toToolValue(path, result)
  } catch (error) {
    return failureOf(error, path, client)
  }
}
