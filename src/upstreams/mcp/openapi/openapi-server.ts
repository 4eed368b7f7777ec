import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../../../domain/mcp-server.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { matchWildcard } from '../../../lib/match-wildcard.ts'
import { createBuiltinServer, type BuiltinServer } from '../builtin/builtin-server.ts'
import { addCredentials } from './add-credentials.ts'
import { ArgumentError, buildRequest, type BuiltRequest } from './build-request.ts'
import { listOperations, type Operation } from './list-operations.ts'
import { failure, readResult } from './read-result.ts'
import { readBaseUrl, readSpec } from './read-spec.ts'

export type OpenapiDefinition = Extract<McpTransportDefinition, { kind: 'openapi' }>

const MOST_REDIRECTS = 3

function isWanted({ name }: Operation, { include, exclude }: OpenapiDefinition): boolean {
  const matches = (patterns: readonly string[]): boolean => patterns.some((pattern) => matchWildcard(pattern, name))
  return (include === undefined || matches(include)) && !matches(exclude)
}

/** Follows what stays on the origin and keeps the method; credentials go nowhere else. */
async function send(request: BuiltRequest, signal: AbortSignal): Promise<Response | URL> {
  let { url } = request
  for (let count = 0; ; count++) {
    const answer = await fetch(url, { method: request.method, headers: request.headers, signal, redirect: 'manual', ...(request.body === undefined ? {} : { body: request.body }) })
    const location = answer.headers.get('location')
    if (answer.status < 300 || answer.status > 399 || location === null) return answer
    await answer.body?.cancel()
    const next = URL.parse(location, url.href)
    const keepsMethod = request.method === 'GET' || request.method === 'HEAD' || answer.status === 307 || answer.status === 308
    if (!next || next.origin !== url.origin || !keepsMethod || count >= MOST_REDIRECTS) return next ?? url
    url = next
  }
}

interface Api {
  readonly document: JsonObject
  readonly base: URL
  readonly transport: OpenapiDefinition
  readonly mostBytes: number
}

async function run(operation: Operation, given: JsonObject, { document, base, transport, mostBytes }: Api, signal: AbortSignal): Promise<JsonObject> {
  try {
    const request = buildRequest(base, operation, given)
    for (const [name, value] of Object.entries(transport.headers)) request.headers.set(name, value)
    addCredentials(request, document, operation.security, transport.auth)
    const answer = await send(request, signal)
    if (answer instanceof URL) return failure(`The API redirects to ${answer.origin}${answer.pathname}, where it is not followed.`)
    return await readResult(answer, request.url, mostBytes)
  } catch (error) {
    if (error instanceof ArgumentError) return failure(error.message)
    if (signal.aborted) throw error
    const cause = (error as Error).cause
    return failure(`The API at ${base.origin} did not answer: ${cause instanceof Error ? cause.message : (error as Error).message}`)
  }
}

const textOf = (value: JsonValue | undefined, otherwise: string): string => (typeof value === 'string' && value !== '' ? value : otherwise)

/** Reads the document and makes a server of it; rejects with `ConnectError` when there is none that could be used. */
export async function openOpenapiServer(definition: McpServerDefinition, transport: OpenapiDefinition, signal: AbortSignal): Promise<(send: (text: string) => void) => BuiltinServer> {
  const document = await readSpec(transport.spec, signal)
  const api: Api = { document, base: readBaseUrl(document, transport.spec, transport.baseUrl), transport, mostBytes: definition.limits.messageBytes }
  const operations = listOperations(document).filter((operation) => isWanted(operation, transport))
  const byName = new Map(operations.map((operation) => [operation.name, operation]))
  const info = isJsonObject(document['info']) ? document['info'] : {}
  const title = textOf(info['title'], definition.id)
  return (write) =>
    createBuiltinServer(
      {
        name: title,
        title,
        version: textOf(info['version'], '1.0'),
        instructions: textOf(info['description'], ''),
        capabilities: { tools: {} },
        methods: {
          'tools/list': () => ({ tools: operations.map(({ listed }) => listed) }),
          'tools/call': (params, context) => {
            const { name } = params
            const operation = typeof name === 'string' ? byName.get(name) : undefined
            if (!operation) throw new RpcError(RPC.invalidParams, `There is no tool ${JSON.stringify(params['name'])}.`)
            return run(operation, isJsonObject(params['arguments']) ? params['arguments'] : {}, api, context.signal)
          },
        },
      },
      write,
    )
}
