import { isJsonObject } from '../../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../../lib/json-text.ts'
import { PassingMap } from '../../../lib/passing-map.ts'
import type { PendingRequest } from './pending-request.ts'

/** Requests during which no server asks anything back. */
const PASSIVE = new Set([
  'ping', 'server/discover', 'initialize', 'logging/setLevel', 'subscriptions/listen', 'resources/subscribe', 'resources/unsubscribe',
  'tasks/get', 'tasks/cancel', 'tasks/update',
])

/** How long a cancelled call may still speak at a server that was told of the cancel. */
const LINGER_MS = 60_000

const RELATED_TASK = 'io.modelcontextprotocol/related-task'

function mayAsk(request: PendingRequest): boolean {
  return request.call !== undefined && !request.method.endsWith('/list') && !PASSIVE.has(request.method)
}

function taskIdOf(value: unknown): string | undefined {
  return isJsonObject(value) && typeof value['taskId'] === 'string' ? value['taskId'] : undefined
}

/** The task that a message of a server says it belongs to. */
function relatedTask(params: JsonText | undefined): string | undefined {
  if (!params?.includes(RELATED_TASK)) return undefined
  const value = parseJsonText(params)
  const meta = isJsonObject(value) ? value['_meta'] : undefined
  return isJsonObject(meta) ? taskIdOf(meta[RELATED_TASK]) : undefined
}

/** Who may be behind a server's request on a connection that carries all calls in one stream. */
export interface OpenCalls {
  opened(request: PendingRequest): void
  answered(request: PendingRequest): void
  /** Given up by us, perhaps still worked on there: it keeps the attribution of others uncertain until it is answered. */
  abandoned(request: PendingRequest): void
  /** A late answer to an abandoned request; false when the id means nothing to us. */
  settledLate(id: number): boolean
  /**
   * A call of the one caller who can be meant: whoever waits for the task that the params name, else the only call, else the newest
   * of several that one asker has open. A text says why there is none: guessing would show one caller's question to another.
   */
  askedBy(params: JsonText | undefined): PendingRequest | string
  /** The same for a notice, for which no reason is told. */
  sole(): PendingRequest | undefined
}

interface Lingering {
  readonly until: number
  readonly asker: object | undefined
}

export function createOpenCalls(now: () => number = Date.now): OpenCalls {
  const open = new PassingMap<number, PendingRequest>()
  const lingering = new PassingMap<number, Lingering>()

  function waitingFor(taskId: string): PendingRequest | string {
    const waits = [...open.values()].find(({ method, params }) => method === 'tasks/result' && params !== undefined && taskIdOf(parseJsonText(params)) === taskId)
    return waits ?? 'nobody waits for the result of its task'
  }

  function mostLikely(): PendingRequest | string {
    for (const [id, { until }] of lingering.entries()) if (until <= now()) lingering.delete(id)
    const newest = [...open.values()].at(-1)
    if (!newest) return 'it belongs to no call that can be told'
    const askers = new Set([...open.values(), ...lingering.values()].map((one) => ('asker' in one ? one.asker : one.call?.asker)))
    const isSole = open.size === 1 && lingering.size === 0
    const isOneAsker = askers.size === 1 && !askers.has(undefined)
    if (isSole || isOneAsker) return newest
    return `it may belong to any of ${open.size + lingering.size} calls of different clients, and over stdio a server does not say to which; \`isolation: per-session\` gives every client its own`
  }

  return {
    opened(request) {
      if (mayAsk(request)) open.set(request.id, request)
    },
    answered(request) {
      open.delete(request.id)
    },
    abandoned(request) {
      if (open.delete(request.id) && request.sent) lingering.set(request.id, { until: now() + LINGER_MS, asker: request.call?.asker })
    },
    settledLate: (id) => lingering.delete(id),
    askedBy(params) {
      const taskId = relatedTask(params)
      return taskId === undefined ? mostLikely() : waitingFor(taskId)
    },
    sole() {
      const found = mostLikely()
      return typeof found === 'string' ? undefined : found
    },
  }
}
