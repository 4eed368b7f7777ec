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
  /** The server's call has ended. */
  isOver: boolean
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

class ParkedCallTable implements ParkedCalls {
  readonly #parked = new Map<string, Parked>()
  readonly #expiryMs: number

  constructor(expiryMs: number) {
    this.#expiryMs = expiryMs
  }

  get size(): number {
    return this.#parked.size
  }

  isOurs(params: JsonText): boolean {
    return readState(params) !== undefined
  }

  start(round: Round, run: RunCall): Promise<JsonText> {
    const outcome = Promise.withResolvers<JsonText>()
    const call: Parked = {
      handle: '',
      principal: round.principal,
      binding: () => bindingOf(round),
      controller: new AbortController(),
      questions: new Map(),
      result: outcome.promise,
      asked: Promise.withResolvers(),
      count: 0,
      rounds: 0,
      round,
      isAttended: false,
      isOver: false,
      expiry: undefined,
    }
    const ask: ParkedCall['ask'] = (method, params) => this.#ask(call, method, params)
    run({ signal: call.controller.signal, ask, current: () => call.round }).then(outcome.resolve, outcome.reject)
    // Whoever attends sees the outcome; a call that nobody attends has nobody to tell.
    const onOver = (): void => {
      call.isOver = true
      this.#end(call)
    }
    outcome.promise.then(onOver, onOver)
    return this.#attend(call)
  }

  async resume(round: Round): Promise<JsonText> {
    const call = this.#parked.get(readState(round.params) ?? '')
    if (!call || call.principal.id !== round.principal.id || call.binding() !== bindingOf(round) || call.isAttended) {
      throw new RpcError(RPC.invalidParams, 'The `requestState` belongs to no waiting call of yours: it was changed, used before, expired, or the gateway was restarted. Call again without it.')
    }
    clearTimeout(call.expiry)
    call.round = round
    if (++call.rounds > MAX_ROUNDS) {
      this.#expire(call)
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
    return this.#attend(call)
  }

  #ask(call: Parked, method: string, params: JsonText | undefined): Promise<JsonText> {
    const mine = [...this.#parked.values()].filter(({ principal }) => principal.id === call.principal.id)
    if (mine.length >= MAX_PER_PRINCIPAL) return Promise.reject(new RpcError(-1, `More than ${MAX_PER_PRINCIPAL} calls of this client wait for input.`))
    const answer = Promise.withResolvers<JsonText>()
    call.questions.set(`q${++call.count}`, { method, params, answer })
    call.asked.resolve()
    return answer.promise
  }

  /** Waits for the outcome or the next questions, for the client of the current round. */
  async #attend(call: Parked): Promise<JsonText> {
    const { signal } = call.round
    const cancel = (): void => call.controller.abort(signal.reason)
    call.isAttended = true
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      const asked = call.questions.size > 0 ? Promise.resolve() : call.asked.promise
      const outcome = await Promise.race([call.result, asked.then(() => undefined)])
      if (outcome !== undefined) return outcome
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
      if (call.isOver || call.controller.signal.aborted || call.questions.size === 0) return await call.result
      return this.#park(call)
    } finally {
      call.isAttended = false
      signal.removeEventListener('abort', cancel)
    }
  }

  #park(call: Parked): JsonText {
    this.#parked.delete(call.handle)
    call.handle = `${PREFIX}${randomBytes(24).toString('base64url')}`
    this.#parked.set(call.handle, call)
    call.expiry = setTimeout(() => this.#expire(call), this.#expiryMs)
    call.expiry.unref()
    const requests = [...call.questions].map(
      ([key, { method, params }]) => `${JSON.stringify(key)}:{"method":${JSON.stringify(method)},"params":${params ?? EMPTY_OBJECT}}`,
    )
    return `{"resultType":"input_required","requestState":${toJsonText(call.handle)},"inputRequests":{${requests.join(',')}}}` as JsonText
  }

  #end(call: Parked): void {
    clearTimeout(call.expiry)
    this.#parked.delete(call.handle)
  }

  #expire(call: Parked): void {
    if (!this.#parked.has(call.handle) || call.isAttended) return
    this.#end(call)
    for (const question of call.questions.values()) giveUp(question)
    call.controller.abort(new GatewayError('cancelled', 'The client did not come back with the input it was asked for.'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.#parked.values()) {
      this.#end(call)
      for (const question of call.questions.values()) giveUp(question)
      call.controller.abort(new GatewayError('gateway_draining', 'The gateway is shutting down.'))
    }
  }
}

export function createParkedCalls(expiryMs: number): ParkedCalls {
  return new ParkedCallTable(expiryMs)
}
