import { connectSse } from '../../support/mcp-sse-client.ts'
import type { Json } from '../../support/mcp-raw-client.ts'
import type { MatrixClient, Outcome } from './matrix-client.ts'

/** A legacy client over HTTP+SSE, with the words of the others. Whoever connects it disposes it. */
export async function connectSseClient(url: string, key: string): Promise<MatrixClient & Disposable> {
  const client = await connectSse(url, { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} }, '2025-11-25', { authorization: `Bearer ${key}` })
  let id = 0
  return {
    era: 'legacy',
    async ask(method, params = {}, { answer, onMessage, meta } = {}) {
      const questions: { method: string; params: Json }[] = []
      const before: Json[] = []
      const onAny = (message: Json): void => {
        before.push(message)
        onMessage?.(message)
        if (message['id'] === undefined || message['method'] === undefined) return
        const question = { method: message['method'] as string, params: (message['params'] ?? {}) as Json }
        questions.push(question)
        void client.post({ id: message['id'], result: answer?.(question.method, question.params) ?? {} })
      }
      const last = await client.request({ id: ++id, method, params: { ...params, ...(meta ? { _meta: meta } : {}) } }, onAny)
      return { result: last['result'] as Json | undefined, error: last['error'] as Outcome['error'], before, questions }
    },
    async askAndCancel(method, params) {
      const own = ++id
      const moved = Promise.withResolvers<void>()
      const stop = client.onMessage((message) => {
        if (message['method'] === 'notifications/progress') moved.resolve()
      })
      await client.post({ id: own, method, params: { ...params, _meta: { progressToken: 'cancel' } } })
      await moved.promise
      stop()
      await client.post({ method: 'notifications/cancelled', params: { requestId: own } })
    },
    notify: (method) => client.post({ method }),
    async listen(_wanted, onMessage, signal) {
      signal.addEventListener('abort', client.onMessage(onMessage), { once: true })
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}
