import type { McpServerId } from '../../src/domain/ids.ts'
import { RPC, RpcError } from '../../src/domain/json-rpc.ts'
import type { McpEra, McpServerDefinition } from '../../src/domain/mcp-server.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../src/lib/json-text.ts'
import type { McpCall, McpUpstream, UpstreamChange, UpstreamStatus } from '../../src/upstreams/mcp/index.ts'

export interface ScriptedOptions {
  readonly id?: string
  readonly era?: McpEra
  readonly transport?: 'stdio' | 'http'
  readonly tags?: readonly string[]
  readonly capabilities?: JsonObject
  readonly instructions?: string
  /** How long it may take for anything; a minute unless a test waits for the end of it. */
  readonly timeoutMs?: number
  /** Answers by method; text is sent as it is. A missing method is not found. */
  readonly answers?: Readonly<Record<string, Answer>>
}

type Answer = JsonObject | string | ((call: McpCall) => JsonObject | string | Promise<JsonObject | string>)

/** The far side of the port, scripted: no process, no socket. Everything it was asked is kept. */
export interface ScriptedUpstream extends McpUpstream {
  readonly calls: McpCall[]
  readonly answers: Record<string, Answer>
  emit(change: UpstreamChange): void
  become(status: UpstreamStatus): void
  becomeReady(): void
}

export function createScriptedUpstream(options: ScriptedOptions = {}): ScriptedUpstream {
  const { era = 'legacy', timeoutMs = 60_000, capabilities = { tools: {}, prompts: {}, resources: {} } } = options
  const listeners = new Set<(change: UpstreamChange) => void>()
  const answers: Record<string, Answer> = { ...options.answers }
  const calls: McpCall[] = []
  let status: UpstreamStatus = { state: 'starting', since: new Date() }
  const definition: McpServerDefinition = {
    id: (options.id ?? 'one') as McpServerId,
    transport: options.transport === 'http' ? { kind: 'http', url: 'http://127.0.0.1:1/', headers: {} } : { kind: 'stdio', command: 'x', args: [], env: {}, inheritEnv: [], cwd: undefined },
    era,
    enabled: true,
    tags: options.tags ?? [],
    timeouts: { connectMs: timeoutMs, callMs: timeoutMs, listMs: timeoutMs },
    limits: { messageBytes: 1_000_000 },
  }
  const upstream: ScriptedUpstream = {
    id: definition.id,
    definition,
    calls,
    answers,
    get status() {
      return status
    },
    start: () => undefined,
    restart: () => undefined,
    settled: async () => status,
    async call(call): Promise<JsonText> {
      calls.push(call)
      const answer = answers[call.method]
      if (answer === undefined) throw new RpcError(RPC.methodNotFound, `Method not found: ${call.method}`)
      const value = typeof answer === 'function' ? await answer(call) : answer
      return typeof value === 'string' ? (value as JsonText) : toJsonText(value)
    },
    notify: () => undefined,
    stderrTail: () => '',
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    emit(change) {
      for (const listener of listeners) listener(change)
    },
    become(next) {
      status = next
      upstream.emit({ kind: 'status' })
    },
    becomeReady() {
      const hello = { era, protocolVersion: era === 'modern' ? '2026-07-28' : '2025-11-25', capabilities, serverInfo: { name: 'scripted', version: '1' }, instructions: options.instructions }
      upstream.become({ state: 'ready', since: new Date(), hello })
    },
    async [Symbol.asyncDispose]() {
      listeners.clear()
    },
  }
  return upstream
}

export const paramsOf = (call: McpCall | undefined): JsonObject => (call?.params === undefined ? {} : (parseJsonText(call.params) as JsonObject))
