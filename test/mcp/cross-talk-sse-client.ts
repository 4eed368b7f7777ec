import { setTimeout as sleep } from 'node:timers/promises'
import { connectSse, type SseRawClient } from '../support/mcp-sse-client.ts'
import type { Json } from '../support/mcp-raw-client.ts'
import { answerTo, argumentsOf, CAPABILITIES, checkOwn, judge, progressIn, TOKEN, type CallOutcome, type CrossTalkClient, type PlannedCall } from './cross-talk-client.ts'

const LOST_MS = 120_000

/** Everything of one call that comes over the one stream; it is over with its answer, or with that of a `ping` that followed its cancel. */
async function watchCall(client: SseRawClient, call: PlannedCall, id: number): Promise<CallOutcome> {
  const messages: Json[] = []
  const posts: Promise<unknown>[] = []
  const answered = new AbortController()
  const foreign = Promise.withResolvers<never>()
  const stop = client.onMessage((message) => {
    messages.push(message)
    try {
      checkOwn(message, call)
    } catch (error) {
      return foreign.reject(error)
    }
    if (message['id'] === id && message['method'] === undefined) answered.abort()
    if (message['method'] !== 'sampling/createMessage' && message['method'] !== 'elicitation/create') return
    posts.push(client.post({ id: message['id'], result: answerTo(message['method'], call.name) }))
  })
  try {
    const params = { name: call.tool, arguments: argumentsOf(call), _meta: { progressToken: TOKEN } }
    if ((await client.post({ id, method: 'tools/call', params })) !== 202) throw new Error(`${call.name} was not taken.`)
    // Only now: a cancel could overtake its call.
    const cancelled = sleep(call.cancelAfterMs ?? LOST_MS, undefined, { signal: answered.signal, ref: false }).then(
      async () => {
        await client.post({ method: 'notifications/cancelled', params: { requestId: id } })
        await client.request({ id: `after ${id}`, method: 'ping' })
      },
      () => undefined,
    )
    await Promise.race([cancelled, foreign.promise])
    await Promise.all(posts)
  } finally {
    stop()
  }
  const responses = messages.filter((message) => message['method'] === undefined && message['id'] === id)
  if (responses.length > 1) throw new Error(`${call.name} was answered ${responses.length} times.`)
  const [response] = responses
  if (response === undefined && call.cancelAfterMs === undefined) throw new Error(`${call.name} was not answered.`)
  return { call, kind: response === undefined ? 'cancelled' : judge(response, call), questions: posts.length, progress: progressIn(messages) }
}

/** A legacy client over HTTP+SSE. */
export async function connectLegacyOverSse(url: string): Promise<CrossTalkClient> {
  const client = await connectSse(url, CAPABILITIES, '2025-11-25')
  let id = 0
  return { run: (call) => watchCall(client, call, ++id) }
}
