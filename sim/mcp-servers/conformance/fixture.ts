import { asString } from './as-string.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { ASKING_TOOLS } from './asking-tools.ts'
import { CONTENT_TOOLS, tool } from './content-tools.ts'
import { text, type FixtureContext } from './fixture-context.ts'
import { FixtureError, InputRequired } from './fixture-error.ts'
import { createFixtureTasks, type FixtureTask } from './fixture-tasks.ts'
import { MATRIX_TOOLS } from './matrix-tools.ts'
import { PROMPTS, readResource, RESOURCES, TEMPLATES } from './prompts-and-resources.ts'
import { openState, sealState } from './sealed-state.ts'
import { callTaskTool, isTaskMethod, serveTaskMethod, TASKS_EXTENSION, type TaskCall } from './serve-task-methods.ts'
import { TASK_TOOLS } from './task-tools.ts'

export type Id = string | number

export const META = 'io.modelcontextprotocol/'
export const MODERN = '2026-07-28'
const LEGACY = '2025-11-25'

/** Sends a message on the stream of the request that is being served. */
export interface Send {
  (message: JsonObject): void
  /** Ends the stream of this request before its answer, which waits for whoever resumes it; only over HTTP, in the legacy era. */
  readonly drop?: () => void
}

/** Somebody who hears of changes: a legacy session's own stream, or a listen stream. */
export interface Listener {
  changed(list: 'tools' | 'prompts'): void
  updated(uri: string): void
  /** A task of somebody changed, or made progress. */
  task(session: FixtureSession, task: FixtureTask, progress?: JsonObject): void
}

/** What one legacy client said, or an empty one for modern requests. */
export interface FixtureSession {
  capabilities: JsonObject
  logLevel: string | undefined
  readonly subscriptions: Set<string>
  readonly asked: Map<Id, (answer: JsonObject) => void>
  readonly running: Map<Id, AbortController>
}

export interface ConformanceFixture {
  readonly listeners: Set<Listener>
  createSession(): FixtureSession
  /** The result of a request; throws `FixtureError`. */
  serve(session: FixtureSession, method: string, params: JsonObject, send: Send, signal: AbortSignal): Promise<JsonObject>
}

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

/** `--legacy` takes the modern era away. */
export const IS_LEGACY_ONLY = process.argv.includes('--legacy')

export function isModernRequest(params: JsonObject): boolean {
  if (IS_LEGACY_ONLY) return false
  return object(params['_meta'])[`${META}protocolVersion`] !== undefined
}

/** `--paged` cuts the list of tools in pages. */
const PAGE = process.argv.includes('--paged') ? 10 : Number.POSITIVE_INFINITY

function pageOf(name: string, items: readonly JsonObject[], { cursor }: JsonObject): JsonObject {
  const from = typeof cursor === 'string' ? Number(cursor.slice(5)) : 0
  const page = items.slice(from, from + PAGE)
  return { [name]: page, ...(from + PAGE < items.length ? { nextCursor: `page-${from + PAGE}` } : {}) }
}

const LISTS = new Set(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read', 'server/discover'])
const REMOVED = new Set(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'])

let lastAsk = 0

async function askClient(session: FixtureSession, send: Send, method: string, params: JsonObject): Promise<JsonObject> {
  const id = `fixture-${++lastAsk}`
  const answer = await new Promise<JsonObject>((resolve) => {
    session.asked.set(id, resolve)
    send({ jsonrpc: '2.0', id, method, params })
  })
  session.asked.delete(id)
  if (answer['error'] !== undefined) throw new FixtureError(-32603, `The client refused: ${JSON.stringify(answer['error'])}`)
  return object(answer['result'])
}

const GREET = tool('greet', 'Greets, never as a task.', ({ arguments: { name } }) => text(`Hello, ${asString(name)}!`), { name: { type: 'string' } })

function createContext(fixture: ConformanceFixture, session: FixtureSession, params: JsonObject, send: Send, signal: AbortSignal, lists: { change(list: 'tools' | 'prompts'): void }): FixtureContext {
  const meta = object(params['_meta'])
  const modern = isModernRequest(params)
  const level = modern ? meta[`${META}logLevel`] : (session.logLevel ?? 'info')
  const responses = object(params['inputResponses'])
  const sealed = params['requestState']
  const notify = (method: string, noted: JsonObject): void => send({ jsonrpc: '2.0', method, params: noted })

  async function askLegacy(requests: Parameters<FixtureContext['ask']>[0]): Promise<Record<string, JsonObject>> {
    const answers: Record<string, JsonObject> = {}
    for (const [key, { method, params: asked }] of Object.entries(requests)) answers[key] = await askClient(session, send, method, asked)
    return answers
  }

  return {
    modern,
    signal,
    meta,
    arguments: object(params['arguments']),
    capabilities: modern ? object(meta[`${META}clientCapabilities`]) : session.capabilities,
    state: typeof sealed === 'string' ? openState(sealed) : undefined,
    progress(progress, total) {
      const token = meta['progressToken']
      if (token !== undefined) notify('notifications/progress', { progressToken: token, progress, total })
    },
    log(severity, data) {
      if (level !== undefined) notify('notifications/message', { level: severity, logger: 'fixture', data })
    },
    async ask(requests, state) {
      if (!modern) return askLegacy(requests)
      const open = Object.entries(requests).filter(([key]) => !isJsonObject(responses[key]) || isBad(requests[key]?.params, object(responses[key])))
      if (open.length > 0) throw new InputRequired(Object.fromEntries(open.map(([key, value]) => [key, { ...value }])), state && sealState(state))
      return Object.fromEntries(Object.keys(requests).map((key) => [key, object(responses[key])]))
    },
    dropStream: () => send.drop?.(),
    changeList: lists.change,
    touch(uri) {
      for (const listener of fixture.listeners) listener.updated(uri)
    },
  }
}

/** An accepted elicitation without a required field is no answer. */
function isBad(asked: JsonObject | undefined, answer: JsonObject): boolean {
  const required = object(asked?.['requestedSchema'])['required']
  if (!Array.isArray(required) || answer['action'] !== 'accept') return false
  return (required as readonly string[]).some((name) => object(answer['content'])[name] === undefined)
}

function shape(method: string, modern: boolean, result: JsonObject): JsonObject {
  if (!modern || result['resultType'] !== undefined) return result
  return { resultType: 'complete', ...result, ...(LISTS.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {}), _meta: { [`${META}serverInfo`]: { name: 'conformance-fixture', version: '1.0.0' }, ...object(result['_meta']) } }
}

export function createConformanceFixture(): ConformanceFixture {
  let extraTools = 0
  let extraPrompts = 0
  const listeners = new Set<Listener>()
  const tasks = createFixtureTasks()
  const capabilities = { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, completions: {}, logging: {} }
  const legacyTasks = { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }
  const instructions = 'The fixture of the conformance tests.'
  const tools = () => [...CONTENT_TOOLS, ...ASKING_TOOLS, GREET, ...MATRIX_TOOLS, ...Array.from({ length: extraTools }, (_, n) => tool(`test_dynamic_${n}`, 'Came later.', () => text('Dynamic.')))]
  const prompts = () => [...PROMPTS, ...Array.from({ length: extraPrompts }, (_, n) => ({ listed: { name: `test_dynamic_prompt_${n}`, description: 'Came later.' }, messages: () => [] }))]
  const lists = {
    change(list: 'tools' | 'prompts'): void {
      if (list === 'tools') extraTools++
      else extraPrompts++
      for (const listener of listeners) listener.changed(list)
    },
  }

  function taskCall(session: FixtureSession, params: JsonObject, modern: boolean, send: Send): TaskCall {
    const meta = object(params['_meta'])
    const declared = object(object(meta[`${META}clientCapabilities`])['extensions'])
    const progressToken = meta['progressToken']
    const tell = (task: FixtureTask, progress?: JsonObject): void => {
      for (const listener of listeners) listener.task(session, task, progress)
    }
    return {
      tasks,
      modern,
      params,
      isDeclared: declared[TASKS_EXTENSION] !== undefined,
      before: {},
      ask: (method, asked) => askClient(session, send, method, asked),
      onProgress: (progress, total) => {
        const task = tasks.all().at(-1)
        if (progressToken !== undefined && task) tell(task, { progressToken, progress, total })
      },
      onStatus: (task) => tell(task),
    }
  }

  async function answer(session: FixtureSession, method: string, params: JsonObject, modern: boolean, send: Send, signal: AbortSignal): Promise<JsonObject> {
    if (modern && REMOVED.has(method)) throw new FixtureError(-32601, `Method not found: ${method}`)
    if (isTaskMethod(method)) return serveTaskMethod(method, taskCall(session, params, modern, send))
    switch (method) {
      case 'initialize':
        session.capabilities = object(params['capabilities'])
        return { protocolVersion: LEGACY, serverInfo: { name: 'conformance-fixture', version: '1.0.0' }, capabilities: { ...capabilities, ...legacyTasks }, instructions }
      case 'server/discover':
        if (!modern) break
        return { supportedVersions: [MODERN], capabilities: { ...capabilities, extensions: { [TASKS_EXTENSION]: {} } }, instructions }
      case 'example/echo':
        return { echoed: params['word'] ?? null }
      case 'ping':
        return {}
      case 'logging/setLevel':
        session.logLevel = asString(params['level'])
        return {}
      case 'resources/subscribe':
        session.subscriptions.add(asString(params['uri']))
        return {}
      case 'resources/unsubscribe':
        session.subscriptions.delete(asString(params['uri']))
        return {}
      case 'tools/list':
        // An open output schema is only legal in the modern era.
        return pageOf('tools', [...tools(), ...TASK_TOOLS].map(({ listed }) => listed).filter(({ name }) => modern || name !== 'test_array_output'), params)
      case 'prompts/list':
        return { prompts: prompts().map(({ listed }) => listed) }
      case 'resources/list':
        return { resources: RESOURCES }
      case 'resources/templates/list':
        return { resourceTemplates: TEMPLATES }
      case 'resources/read':
        return readResource(asString(params['uri']), modern)
      case 'completion/complete':
        return { completion: { values: ['hello', 'help'].filter((value) => value.startsWith(asString(object(params['argument'])['value']))) } }
      case 'tools/call': {
        const taskTool = TASK_TOOLS.find(({ listed }) => listed['name'] === params['name'])
        if (taskTool) {
          const context = createContext(fixture, session, params, send, signal, lists)
          if (taskTool.support === 'required') await callTaskTool({ ...taskTool, body: () => async () => ({}) }, taskCall(session, params, modern, send))
          const before = taskTool.before ? await context.ask(taskTool.before) : {}
          return callTaskTool(taskTool, { ...taskCall(session, params, modern, send), before })
        }
        const found = tools().find(({ listed }) => listed['name'] === params['name'])
        if (!found) throw new FixtureError(-32602, `Unknown tool: ${asString(params['name'])}`)
        return found.run(createContext(fixture, session, params, send, signal, lists))
      }
      case 'prompts/get': {
        const found = prompts().find(({ listed }) => listed['name'] === params['name'])
        if (!found) throw new FixtureError(-32602, `Unknown prompt: ${asString(params['name'])}`)
        return { messages: await found.messages(createContext(fixture, session, params, send, signal, lists)) }
      }
    }
    throw new FixtureError(-32601, `Method not found: ${method}`)
  }

  const fixture: ConformanceFixture = {
    listeners,
    createSession: () => ({ capabilities: {}, logLevel: undefined, subscriptions: new Set(), asked: new Map(), running: new Map() }),
    async serve(session, method, params, send, signal) {
      const modern = isModernRequest(params)
      try {
        return shape(method, modern, await answer(session, method, params, modern, send, signal))
      } catch (error) {
        if (error instanceof InputRequired) return error.result
        throw error
      }
    },
  }
  return fixture
}
