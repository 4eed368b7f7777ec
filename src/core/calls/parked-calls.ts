import { createHash, randomBytes } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Principal } from '../identity/index.ts'

const PREFIX = 'trunkline-parked.'
/** Questions that come together are asked together. */
const GATHER_MS = 15
const MAX_PER_PRINCIPAL = 100
const MAX_ROUNDS = 20

/** One round of a call: the first request of a modern client, or a retry with answers. */
export interface Round {
  readonly principal: Principal
  readonly method: string
  /** As the client wrote them, with `inputResponses` and `requestState` of a retry. */
  readonly params: JsonText
  /** Aborts when the client leaves before this round's answer, which is a cancel. */
  readonly signal: AbortSignal
  readonly onProgress?: (params: JsonText) => void
  readonly onServerNotification?: (method: string, params: JsonText | undefined) => void
}

/** What a call that runs over several rounds needs of them. */
export interface ParkedCall {
  readonly signal: AbortSignal
  ask(method: string, params: JsonText | undefined): Promise<JsonText>
  /** Progress and notifications go to whoever waits now. */
  current(): Round
}

/** Sends the call to the legacy server; it runs over all rounds. */
export type RunCall = (call: ParkedCall) => Promise<JsonText>

/**
 * Lets a legacy server ask a modern client: the server's call stays open while the client gets `input_required`, and goes
 * on with the client's retry. A parked call belongs to its principal and to exactly this method, name and arguments.
 */
export interface ParkedCalls extends AsyncDisposable {
  readonly size: number
  /** True for a `requestState` that this gateway made, known or not. */
  isOurs(params: JsonText): boolean
  start(round: Round, run: RunCall): Promise<JsonText>
  resume(round: Round): Promise<JsonText>
}

interface Question {
  readonly method: string
  readonly params: JsonText | undefined
  readonly answer: PromiseWithResolvers<JsonText>
}

interface Parked {
  /** New in every round, so that an old one opens nothing. Empty until the call is parked. */
  handle: string
  readonly principal: Principal
  /** Asked only of calls that are parked: most never are. */
  readonly binding: () => string
  readonly controller: AbortController
  readonly questions: Map<string, Question>
  readonly result: Promise<JsonText>
  asked: PromiseWithResolvers<void>
  count: number
  rounds: number
  round: Round
  /** Set while a client waits; a second retry at the same time is a replay. */
  isAttended: boolean
  expiry: NodeJS.Timeout | undefined
}

function canonical(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(canonical)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, child]) => [key, canonical(child ?? null)]))
}

/** What must be the same in every round; a client may print it differently. */
function bindingOf({ method, params }: Round): string {
  const value = parseJsonText(params)
  const { _meta, inputResponses: _answers, requestState: _state, ...same } = isJsonObject(value) ? value : {}
  return createHash('sha256').update(JSON.stringify([method, canonical(same)])).digest('base64url')
}

function readState(params: JsonText): string | undefined {
  const text = readMember(params, 'requestState')
  const value = text === undefined ? undefined : parseJsonText(text)
  return typeof value === 'string' && value.startsWith(PREFIX) ? value : undefined
}

/** What the server is told when nobody came back. */
function giveUp({ method, answer }: Question): void {
  if (method === 'elicitation/create') answer.resolve('{"action":"cancel"}' as JsonText)
  else answer.reject(new RpcError(-1, 'The client did not come back with an answer.'))
}

export function createParkedCalls(expiryMs: number): ParkedCalls {
  const parked = new Map<string, Parked>()

  function end(call: Parked): void {
    clearTimeout(call.expiry)
    parked.delete(call.handle)
  }

  function expire(call: Parked): void {
    if (!parked.has(call.handle) || call.isAttended) return
    end(call)
    for (const question of call.questions.values()) giveUp(question)
    call.controller.abort(new GatewayError('cancelled', 'The client did not come back with the input it was asked for.'))
  }

  function inputRequired(call: Parked): JsonText {
    parked.delete(call.handle)
    call.handle = `${PREFIX}${randomBytes(24).toString('base64url')}`
    parked.set(call.handle, call)
    call.expiry = setTimeout(() => expire(call), expiryMs)
    call.expiry.unref()
    const requests = [...call.questions].map(
      ([key, { method, params }]) => `${JSON.stringify(key)}:{"method":${JSON.stringify(method)},"params":${params ?? EMPTY_OBJECT}}`,
    )
    return `{"resultType":"input_required","requestState":${toJsonText(call.handle)},"inputRequests":{${requests.join(',')}}}` as JsonText
  }

  async function attend(call: Parked, signal: AbortSignal): Promise<JsonText> {
    call.isAttended = true
    const cancel = (): void => call.controller.abort(signal.reason)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      const asked = call.questions.size > 0 ? Promise.resolve() : call.asked.promise
      const outcome = await Promise.race([call.result, asked.then(() => undefined)])
      if (outcome !== undefined) return outcome
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
      if (call.controller.signal.aborted || call.questions.size === 0) return await call.result
      return inputRequired(call)
    } finally {
      call.isAttended = false
      signal.removeEventListener('abort', cancel)
    }
  }

  function ask(call: Parked, method: string, params: JsonText | undefined): Promise<JsonText> {
    const mine = [...parked.values()].filter(({ principal }) => principal.id === call.principal.id)
    if (mine.length >= MAX_PER_PRINCIPAL) return Promise.reject(new RpcError(-1, `More than ${MAX_PER_PRINCIPAL} calls of this client wait for input.`))
    const answer = Promise.withResolvers<JsonText>()
    const key = `q${++call.count}`
    call.questions.set(key, { method, params, answer })
    call.asked.resolve()
    return answer.promise
  }

  return {
    get size() {
      return parked.size
    },
    isOurs: (params) => readState(params) !== undefined,
    start(round, run) {
      const outcome = Promise.withResolvers<JsonText>()
      const controller = new AbortController()
      const call: Parked = {
        handle: '',
        principal: round.principal,
        binding: () => bindingOf(round),
        controller,
        questions: new Map(),
        result: outcome.promise,
        asked: Promise.withResolvers(),
        count: 0,
        rounds: 0,
        round,
        isAttended: false,
        expiry: undefined,
      }
      run({ signal: controller.signal, ask: (method, params) => ask(call, method, params), current: () => call.round }).then(outcome.resolve, outcome.reject)
      // Whoever attends sees the outcome; a call that nobody attends has nobody to tell.
      outcome.promise.then(() => end(call), () => end(call))
      return attend(call, round.signal)
    },
    async resume(round) {
      const call = parked.get(readState(round.params) ?? '')
      if (!call || call.principal.id !== round.principal.id || call.binding() !== bindingOf(round) || call.isAttended) {
        throw new RpcError(RPC.invalidParams, 'The `requestState` belongs to no waiting call of yours: it was changed, used before, expired, or the gateway was restarted. Call again without it.')
      }
      clearTimeout(call.expiry)
      call.round = round
      if (++call.rounds > MAX_ROUNDS) {
        expire(call)
        throw new RpcError(RPC.internalError, `The MCP server asked for input more than ${MAX_ROUNDS} times for one call.`)
      }
      const responses = readMember(round.params, 'inputResponses') ?? EMPTY_OBJECT
      call.asked = Promise.withResolvers()
      for (const [key, { answer }] of call.questions) {
        const response = readMember(responses, key)
        if (response === undefined) continue
        call.questions.delete(key)
        answer.resolve(response)
      }
      return attend(call, round.signal)
    },
    async [Symbol.asyncDispose]() {
      for (const call of parked.values()) {
        end(call)
        for (const question of call.questions.values()) giveUp(question)
        call.controller.abort(new GatewayError('gateway_draining', 'The gateway is shutting down.'))
      }
    },
  }
}
