import { GatewayError } from '../../../domain/errors.ts'
import type { RpcId, RpcMessage, RpcNotification } from '../../../domain/json-rpc.ts'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { PassingMap } from '../../../lib/passing-map.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { McpCall, UpstreamChange } from '../upstream.ts'
import { createServerAnswers } from './answer-server.ts'
import { deliverNotice } from './deliver-notice.ts'
import { createLastingProgress } from './lasting-progress.ts'
import { createOpenCalls } from './open-calls.ts'
import type { OwnRoots } from './own-roots.ts'
import type { PendingRequest } from './pending-request.ts'
import { readMessages } from './read-messages.ts'
import { readCorrelation, shapeParams, type ModernEnvelope } from './shape-params.ts'
import type { Wire } from './wire.ts'
import { writeNotification, writeRequest } from './write-message.ts'

export interface RequestSpec {
  readonly method: string
  readonly params: JsonText | undefined
  readonly call?: McpCall
  /** Without one the request lasts as long as its connection, as a listen stream does. */
  readonly timeoutMs: number | undefined
  readonly envelope?: ModernEnvelope | undefined
  readonly signal?: AbortSignal
  readonly onNotification?: (method: string, params: JsonText | undefined) => void
}

/**
 * The JSON-RPC side of one connection to one server: ids, progress tokens, who is waiting for what, and whose call a
 * message of the server belongs to. It moves no bytes and does not reconnect.
 */
export interface Peer {
  request(spec: RequestSpec): Promise<JsonText>
  notify(method: string, params: JsonText | undefined): void
  /** One line, event or body; `origin` is the request whose own response stream it came on. False when it is no message. */
  receive(text: string, origin?: PendingRequest): boolean
  fail(request: PendingRequest, error: Error): void
  /** Whether the server may ask for roots. */
  readonly hasRoots: boolean
  /** Ends every pending request, once, and drops whatever comes later. */
  close(errorFor: (request: PendingRequest) => Error): void
  /** Requests of callers; what the gateway asks for itself is not counted. */
  readonly pending: number
  readonly lastHeardAt: number
  /** When a caller's request last timed out; 0 when none did. */
  readonly lastTimeoutAt: number
  /** Answers and progress that nobody waited for. */
  readonly dropped: number
}

export interface PeerDeps {
  readonly wire: Wire
  readonly server: string
  readonly logger: Logger
  readonly roots?: OwnRoots | undefined
  readonly onChange: (change: UpstreamChange) => void
  /** Fresh for the life of the upstream, so that a late answer of an earlier connection never fits. */
  readonly nextId: () => number
}

interface Waiting extends PendingRequest {
  readonly spec: RequestSpec
  readonly resolve: (result: JsonText) => void
  readonly reject: (error: Error) => void
  timer: NodeJS.Timeout | undefined
  /** Questions of the server that its caller has not answered yet; the server's time stands still for them. */
  questions: number
  onAbort: (() => void) | undefined
}

/**
 * Made out here, so that it closes over these two alone: as a closure of `createPeer` on its request it kept the requests of the
 * last seconds through every minor collection (measured; a pause of 10 ms instead of 1 ms).
 */
function whenAborted(giveUp: (request: Waiting, error: GatewayError) => void, request: Waiting): () => void {
  return () => giveUp(request, new GatewayError('cancelled', `The call of ${request.method} was cancelled.`))
}

function idNumber(id: RpcId): number {
  return typeof id === 'number' ? id : id.trim() === '' ? Number.NaN : Number(id)
}

export function createPeer({ wire, server, logger, roots, onChange, nextId }: PeerDeps): Peer {
  const waiting = new PassingMap<number, Waiting>()
  const lasting = createLastingProgress()
  const open = createOpenCalls()
  const answers = createServerAnswers({
    wire,
    server,
    logger,
    roots,
    open,
    onAsking(owner, isAsking) {
      const request = waiting.get(owner.id)
      if (!request) return
      request.questions += isAsking ? 1 : -1
      request.timer?.refresh()
    },
  })
  let closed = false
  let lastHeardAt = Date.now()
  let lastTimeoutAt = 0
  let dropped = 0

  function leave(request: Waiting): boolean {
    if (request.done) return false
    request.done = true
    waiting.delete(request.id)
    clearTimeout(request.timer)
    if (request.onAbort) request.spec.signal?.removeEventListener('abort', request.onAbort)
    return true
  }

  function giveUp(request: Waiting, error: GatewayError): void {
    open.abandoned(request)
    if (!leave(request)) return
    wire.abandon(request, error.code === 'upstream_timeout' ? 'The request timed out.' : 'The caller cancelled the request.')
    request.reject(error)
  }

  function watch(request: Waiting): void {
    const { spec } = request
    if (spec.timeoutMs !== undefined) {
      request.timer = setTimeout(() => {
        if (request.questions > 0) return void request.timer?.refresh()
        if (spec.call) lastTimeoutAt = Date.now()
        giveUp(request, new GatewayError('upstream_timeout', `MCP server "${server}" did not answer ${request.method} within ${spec.timeoutMs} ms.`))
      }, spec.timeoutMs)
    }
    if (!spec.signal) return
    request.onAbort = whenAborted(giveUp, request)
    spec.signal.addEventListener('abort', request.onAbort, { once: true })
  }

  function request(spec: RequestSpec): Promise<JsonText> {
    if (closed) return Promise.reject(new GatewayError('server_unavailable', `MCP server "${server}" is not connected.`))
    if (spec.signal?.aborted) return Promise.reject(new GatewayError('cancelled', `The call of ${spec.method} was cancelled.`))
    return new Promise((resolve, reject) => {
      const id = nextId()
      const params = shapeParams(spec.params, spec.call?.onProgress ? id : undefined, spec.envelope)
      const entry: Waiting = {
        id, method: spec.method, params, text: writeRequest(id, spec.method, params), call: spec.call,
        onNotification: spec.onNotification, sent: false, done: false, spec, resolve, reject, timer: undefined, questions: 0, onAbort: undefined,
      }
      waiting.set(id, entry)
      open.opened(entry)
      watch(entry)
      wire.sendRequest(entry)
    })
  }

  /** A caller's own callback must not disturb the connection that others share. */
  function tell(what: string, action: () => void): void {
    try {
      action()
    } catch (error) {
      logger.error({ server, err: error }, `a listener for ${what} threw`)
    }
  }

  function answered(message: Extract<RpcMessage, { kind: 'result' | 'error' }>): void {
    const id = message.id === null ? Number.NaN : idNumber(message.id)
    const entry = waiting.get(id)
    if (!entry) {
      if (!open.settledLate(id)) dropped++
      return
    }
    open.answered(entry)
    leave(entry)
    if (message.kind === 'result') lasting.keep(entry)
    if (message.kind === 'result') entry.resolve(message.result)
    else entry.reject(message.error)
  }

  function progressed(params: JsonText | undefined): void {
    const token = readCorrelation('notifications/progress', params)
    const entry = token === undefined ? undefined : waiting.get(idNumber(token))
    const onProgress = entry ? entry.call?.onProgress : lasting.find(token)
    if (params === undefined || !onProgress) {
      dropped++
      return
    }
    entry?.timer?.refresh()
    tell('progress', () => onProgress(params))
  }

  function withdrawn(params: JsonText | undefined): void {
    const id = params === undefined ? undefined : (JSON.parse(params) as { requestId?: RpcId } | null)?.requestId
    if (id === undefined) return
    answers.withdraw(id)
    const listen = waiting.get(idNumber(id))
    if (listen?.method !== 'subscriptions/listen') return
    leave(listen)
    listen.reject(new GatewayError('upstream_interrupted', `MCP server "${server}" ended the subscription.`))
  }

  function noticed(notice: RpcNotification, origin: PendingRequest | undefined): void {
    const { method, params } = notice
    if (method === 'notifications/progress') return progressed(params)
    if (method === 'notifications/cancelled') return withdrawn(params)
    const subscription = origin ? undefined : readCorrelation(method, params)
    const subscriber = subscription === undefined ? origin : waiting.get(idNumber(subscription))
    tell(method, () => {
      if (!deliverNotice(notice, subscriber, { open, onChange })) dropped++
    })
  }

  return {
    request,
    notify: (method, params) => wire.sendMessage(writeNotification(method, shapeParams(params, undefined, undefined))),
    receive(text, origin) {
      if (closed) return true
      const messages = readMessages(text)
      if (!messages) return false
      lastHeardAt = Date.now()
      for (const message of messages) {
        if (message.kind === 'request') void answers.receive(message, origin)
        else if (message.kind === 'notification') noticed(message, origin)
        else answered(message)
      }
      return true
    },
    hasRoots: roots !== undefined,
    fail(failed, error) {
      const entry = waiting.get(failed.id)
      if (!entry) return
      open.answered(entry)
      if (leave(entry)) entry.reject(error)
    },
    close(errorFor) {
      if (closed) return
      closed = true
      answers.close()
      lasting.clear()
      if (dropped > 0) logger.info({ server, dropped }, 'the server sent answers or progress that nobody waited for')
      for (const entry of waiting.values()) if (leave(entry)) entry.reject(errorFor(entry))
    },
    get pending() {
      return [...waiting.values()].filter((entry) => entry.call).length
    },
    get lastHeardAt() {
      return lastHeardAt
    },
    get lastTimeoutAt() {
      return lastTimeoutAt
    },
    get dropped() {
      return dropped
    },
  }
}

/** The params of the notice that ends a request at a server which keeps the connection. */
export function cancelledParams(request: PendingRequest, reason: string): JsonText {
  return toJsonText({ requestId: request.id, reason })
}
