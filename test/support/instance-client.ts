import { connectRaw, modernRequest, type Json, type RawClient } from './mcp-raw-client.ts'

/** What the `notebook` test server says of its process. */
export interface NotebookFacts {
  readonly pid: number
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

function resultOf(answer: Json): Json {
  const result = answer['result'] as Json | undefined
  if (!result) throw new Error(`no result: ${JSON.stringify(answer)}`)
  return result
}

export function textOf(answer: Json): string {
  const [first] = resultOf(answer)['content'] as readonly { readonly text: string }[]
  return first?.text ?? ''
}

export function toolNames(answer: Json): readonly string[] {
  return (resultOf(answer)['tools'] as readonly { readonly name: string }[]).map(({ name }) => name)
}

/** By server: why it is missing. */
export function missingOf(answer: Json): Readonly<Record<string, string>> {
  const meta = resultOf(answer)['_meta'] as Json | undefined
  const missing = (meta?.['trunkline/missing'] ?? []) as readonly { readonly server: string; readonly reason: string }[]
  return Object.fromEntries(missing.map(({ server, reason }) => [server, reason]))
}

/** One client with a name for what it calls; requests go by turns. */
export interface InstanceClient {
  readonly raw: RawClient | undefined
  list(method?: string): Promise<Json>
  call(name: string, args?: Json): Promise<Json>
}

export interface ClientOptions {
  readonly headers?: Record<string, string>
  readonly context?: Json
}

export async function legacyClient(url: string, { headers = {}, context }: ClientOptions = {}): Promise<InstanceClient> {
  const raw = await connectRaw(url, {}, '2025-11-25', { ...headers, ...(context ? { 'x-trunkline-context': JSON.stringify(context) } : {}) })
  let id = 0
  const request = async (method: string, params: Json): Promise<Json> => (await raw.request({ id: ++id, method, params })).answer
  return { raw, list: (method = 'tools/list') => request(method, {}), call: (name, args = {}) => request('tools/call', { name, arguments: args }) }
}

export function modernClient(url: string, { headers = {}, context }: ClientOptions = {}): InstanceClient {
  const meta = context ? { _meta: { 'trunkline/context': context } } : {}
  const request = async (method: string, params: Json): Promise<Json> => (await modernRequest(url, { method, params: { ...params, ...meta } }, { headers })).answer
  return { raw: undefined, list: (method = 'tools/list') => request(method, {}), call: (name, args = {}) => request('tools/call', { name, arguments: args }) }
}

export async function factsOf(client: InstanceClient, tool: string): Promise<NotebookFacts> {
  return JSON.parse(textOf(await client.call(tool))) as NotebookFacts
}
