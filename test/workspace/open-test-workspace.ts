import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkspaceBash, WorkspaceSettings, WorkspaceWeb } from '../../src/domain/workspace.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { BuiltinServer } from '../../src/upstreams/mcp/builtin/builtin-server.ts'
import { openWorkspace, type WorkspaceDeps } from '../../src/upstreams/mcp/builtin/workspace/open-workspace.ts'
import { silentLogger } from '../../src/telemetry/index.ts'

export const BASH: WorkspaceBash = { allow: undefined, deny: [], ask: [], timeoutMs: 120_000, outputBytes: 30_000, memoryBytes: 2 * 1024 ** 3, network: false, env: {}, readable: [] }
export const WEB: WorkspaceWeb = { allowDomains: undefined, denyDomains: [], allowAddresses: [], maxBytes: 100_000, timeoutMs: 60_000, search: undefined }

export interface ToolAnswer {
  readonly text: string
  readonly isError: boolean
  readonly content: readonly JsonObject[]
}

export interface TestWorkspace extends AsyncDisposable {
  /** The folder that the tools may use; `outside` is beside it. */
  readonly root: string
  readonly outside: string
  call(name: string, given: JsonObject, more?: { readonly session?: string; readonly onAsk?: (params: JsonObject) => JsonObject; readonly signal?: AbortSignal }): Promise<ToolAnswer>
  tools(): Promise<readonly JsonObject[]>
}

interface Reply {
  readonly id?: string | number
  readonly method?: string
  readonly params?: JsonObject
  readonly result?: JsonObject
  readonly error?: { readonly message: string }
}

/** A workspace server as the gateway runs it, spoken to by its messages. */
export async function openTestWorkspace(settings: Partial<WorkspaceSettings> = {}, deps: Partial<WorkspaceDeps> = {}): Promise<TestWorkspace> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'trunkline-test-workspace-')))
  const [root, outside] = [join(base, 'project'), join(base, 'outside')]
  await Promise.all([mkdir(root), mkdir(outside)])
  const create = await openWorkspace(
    { roots: [root], readOnly: false, bash: undefined, sandbox: 'none', web: undefined, task: undefined, fileBytes: 1024 * 1024, ...settings },
    { logger: silentLogger, environment: { PATH: process.env['PATH'], CANARY: 'canary-of-the-gateway' }, ...deps },
  )
  const waiting = new Map<string | number, PromiseWithResolvers<JsonObject>>()
  let asking: ((params: JsonObject) => JsonObject) | undefined
  let lastId = 0
  function receive(text: string): void {
    const message = JSON.parse(text) as Reply
    if (message.method !== undefined && message.id !== undefined) {
      const answer = asking ? { result: asking(message.params ?? {}) } : { error: { code: -32601, message: 'The client cannot be asked.' } }
      server.receive(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer }))
      return
    }
    const entry = waiting.get(message.id ?? '')
    if (message.error) entry?.reject(new Error(message.error.message))
    else entry?.resolve(message.result ?? {})
  }
  const server: BuiltinServer = create((text) => queueMicrotask(() => receive(text)))
  async function request(method: string, params: JsonObject, signal?: AbortSignal): Promise<JsonObject> {
    const id = ++lastId
    const answer = Promise.withResolvers<JsonObject>()
    waiting.set(id, answer)
    signal?.addEventListener('abort', () => {
      server.receive(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }))
      answer.reject(new Error('cancelled'))
    })
    server.receive(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return answer.promise
  }
  return {
    root,
    outside,
    async call(name, given, { session, onAsk, signal } = {}) {
      asking = onAsk
      const result = await request('tools/call', { name, arguments: given, ...(session === undefined ? {} : { _meta: { 'trunkline/session': session } }) }, signal)
      const content = result['content'] as readonly JsonObject[]
      return { text: content.map((block) => (typeof block['text'] === 'string' ? block['text'] : '')).join('\n'), isError: result['isError'] === true, content }
    },
    tools: async () => (await request('tools/list', {}))['tools'] as readonly JsonObject[],
    async [Symbol.asyncDispose]() {
      server[Symbol.dispose]()
      await server.closed()
      rmSync(base, { recursive: true, force: true })
    },
  }
}
