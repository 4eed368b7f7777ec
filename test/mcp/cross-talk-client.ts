import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectRaw, modernRequest, type Exchange, type Json } from '../support/mcp-raw-client.ts'

const LOST_MS = 120_000
export const TOKEN = 'same'
export const CAPABILITIES = { sampling: {}, elicitation: {} }

/** One call as its client planned it. */
export interface PlannedCall {
  /** Nobody else’s: `call-17-4`. */
  readonly name: string
  readonly tool: 'work' | 'ask'
  readonly method: 'sampling/createMessage' | 'elicitation/create'
  readonly ms: number
  readonly cancelAfterMs: number | undefined
}

export interface CallOutcome {
  readonly call: PlannedCall
  readonly kind: 'answered' | 'refused' | 'cancelled'
  readonly questions: number
  readonly progress: number
}

/** A client of either era that makes one call at a time and throws at the first byte that is not its own. */
export interface CrossTalkClient {
  run(call: PlannedCall): Promise<CallOutcome>
}

export const answerTo = (method: unknown, name: string): Json =>
  method === 'sampling/createMessage'
    ? { role: 'assistant', model: 'm', content: { type: 'text', text: name }, stopReason: 'endTurn' }
    : { action: 'accept', content: { name } }

export const argumentsOf = ({ name, method, ms }: PlannedCall): Json => ({ name, method, ms })

/** Every name and token in a message must be the caller’s own. */
export function checkOwn(message: Json, { name }: PlannedCall): void {
  const text = JSON.stringify(message)
  const foreign = text.match(/call-\d+-\d+/g)?.find((found) => found !== name)
  if (foreign !== undefined) throw new Error(`${name} was sent what belongs to ${foreign}: ${text}`)
  if (message['method'] === 'notifications/progress' && (message['params'] as Json)['progressToken'] !== TOKEN) throw new Error(`${name} was sent a token that is not its own: ${text}`)
}

/** The one response among the messages of a stream; none only where a cancel was sent. */
function onlyResponse({ before, answer, status, headers }: Exchange, call: PlannedCall, id: number, isCancelSent: boolean): Json | undefined {
  const messages = [...before, answer]
  for (const message of messages) checkOwn(message, call)
  const responses = messages.filter((message) => message['method'] === undefined && message['id'] !== undefined)
  if (responses.length > 1) throw new Error(`${call.name} was answered ${responses.length} times.`)
  const [response] = responses
  if (response === undefined && !isCancelSent) throw new Error(`${call.name} was not answered: HTTP ${status} ${headers.get('content-type') ?? ''} ${JSON.stringify(messages)}`)
  if (response !== undefined && response['id'] !== id) throw new Error(`${call.name} was answered under the id ${JSON.stringify(response['id'])}.`)
  return response
}

export const progressIn = (messages: readonly Json[]): number => messages.filter(({ method }) => method === 'notifications/progress').length

/** What the answer says: the caller’s own name, and its own answer to the question or a refusal to ask it. */
export function judge(response: Json, call: PlannedCall): 'answered' | 'refused' {
  const result = response['result'] as { content: { text: string }[] } | undefined
  if (result === undefined) throw new Error(`${call.name} failed: ${JSON.stringify(response)}`)
  const said = JSON.parse(result.content[0]?.text ?? 'null') as { name: string; answer?: Json; error?: { code: number } | null; state?: string }
  if (said.name !== call.name) throw new Error(`${call.name} was answered as ${said.name}.`)
  if (call.tool === 'work') return 'answered'
  if (said.error?.code === -32601) return 'refused'
  if (!isDeepStrictEqual(said.answer, answerTo(call.method, call.name))) throw new Error(`${call.name} got the answer ${JSON.stringify(said)}.`)
  if (said.state !== undefined && said.state !== `state of ${call.name}`) throw new Error(`${call.name} got the state ${said.state}.`)
  return 'answered'
}

export async function connectLegacy(url: string): Promise<CrossTalkClient> {
  const client = await connectRaw(url, CAPABILITIES)
  let id = 0
  return {
    async run(call) {
      const own = ++id
      const ended = new AbortController()
      let isCancelSent = false
      const posts: Promise<unknown>[] = []
      const onMessage = (message: Json): void => {
        if (message['method'] !== 'sampling/createMessage' && message['method'] !== 'elicitation/create') return
        checkOwn(message, call)
        posts.push(client.post({ id: message['id'], result: answerTo(message['method'], call.name) }))
      }
      const params = { name: call.tool, arguments: argumentsOf(call), _meta: { progressToken: TOKEN } }
      const request = client.request({ id: own, method: 'tools/call', params }, { onMessage, signal: AbortSignal.timeout(LOST_MS) })
      const cancel = call.cancelAfterMs === undefined ? undefined : sleep(call.cancelAfterMs, undefined, { signal: ended.signal }).then(
        () => {
          isCancelSent = true
          return client.post({ method: 'notifications/cancelled', params: { requestId: own } })
        },
        () => undefined,
      )
      const exchange = await request
      ended.abort()
      const questions = posts.length
      await Promise.all([...posts, cancel])
      const response = onlyResponse(exchange, call, own, isCancelSent)
      return { call, kind: response === undefined ? 'cancelled' : judge(response, call), questions, progress: progressIn(exchange.before) }
    },
  }
}

export function connectModern(url: string): Promise<CrossTalkClient> {
  let id = 0
  return Promise.resolve({
    async run(call) {
      const stop = new AbortController()
      const timer = call.cancelAfterMs === undefined ? undefined : setTimeout(() => stop.abort(), call.cancelAfterMs)
      const messages: Json[] = []
      let more: Json = {}
      let questions = 0
      try {
        for (;;) {
          const own = ++id
          const _meta = { progressToken: TOKEN, 'io.modelcontextprotocol/clientCapabilities': CAPABILITIES }
          const params = { name: call.tool, arguments: argumentsOf(call), ...more, _meta }
          const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LOST_MS)])
          const exchange = await modernRequest(url, { id: own, method: 'tools/call', params }, { signal, onMessage: (message) => checkOwn(message, call) })
          messages.push(...exchange.before)
          const response = onlyResponse(exchange, call, own, false)
          const result = response?.['result'] as { resultType?: string; inputRequests?: Record<string, Json>; requestState?: string } | undefined
          if (response === undefined) throw new Error(`${call.name} was not answered.`)
          if (result?.resultType !== 'input_required') return { call, kind: judge(response, call), questions, progress: progressIn(messages) }
          const asked = Object.entries(result.inputRequests ?? {})
          questions += asked.length
          const inputResponses = Object.fromEntries(asked.map(([key, { method }]) => [key, answerTo(method, call.name)]))
          more = { inputResponses, ...(result.requestState === undefined ? {} : { requestState: result.requestState }) }
        }
      } catch (error) {
        if (!stop.signal.aborted || (error as Error).name !== 'AbortError') throw error
        return { call, kind: 'cancelled', questions, progress: progressIn(messages) }
      } finally {
        clearTimeout(timer)
      }
    },
  })
}
