import { BATCH_VERSION, type ReadMessages } from '../../core/mcp-endpoint/index.ts'
import type { RpcRequest } from '../../domain/json-rpc.ts'
import { refuse, takesPriming, type LegacyHttp } from './legacy-http.ts'
import type { PostAnswer } from './post-answer.ts'
import { createSessionAnswer } from './session-answer.ts'
import type { Found } from './session-finder.ts'

async function answerBatch({ messages }: ReadMessages, { peer }: Found, answer: PostAnswer, { context }: LegacyHttp): Promise<void> {
  const rest: string[] = []
  await Promise.all(
    messages.map(async (message) => {
      const text = await peer.receive(message, answer, context.logger)
      if (text !== undefined && !answer.sendIfStreaming(text)) rest.push(String(text))
    }),
  )
  // An answer that was held back before another request opened the stream.
  if (rest.length > 0 && answer.sendIfStreaming(rest[0] ?? '')) {
    for (const text of rest.slice(1)) answer.sendIfStreaming(text)
    return answer.finish(undefined, 200)
  }
  answer.finish(rest.length === 0 ? undefined : `[${rest.join(',')}]`, 200)
}

async function answerRequest(request: RpcRequest, { peer, session }: Found, http: LegacyHttp): Promise<void> {
  const { response, accepted, context } = http
  const headers = { 'mcp-session-id': session.id }
  const answer = createSessionAnswer({ response, accepted, headers, streams: session.streams, purpose: { kind: 'request', id: request.id }, primes: takesPriming(session) })
  answer.finish(await peer.receive(request, answer, context.logger), 200)
}

/** Answers the messages of one POST in their session. */
export async function answerMessages(read: ReadMessages, found: Found, http: LegacyHttp): Promise<void> {
  const { messages, isBatch } = read
  const { peer, session } = found
  const { response, accepted, context } = http
  if (isBatch && session.protocolVersion !== BATCH_VERSION) {
    return refuse(response, 400, `Batches are only part of revision ${BATCH_VERSION}; this session speaks ${session.protocolVersion}.`)
  }
  const [first] = messages
  if (!isBatch && first?.kind === 'request') return answerRequest(first, found, http)
  if (!messages.some(({ kind }) => kind === 'request')) {
    for (const message of messages) await peer.receive(message, { send: () => false }, context.logger)
    response.writeHead(202, { 'content-length': 0 }).end()
    return
  }
  const headers = { 'mcp-session-id': session.id }
  const answer = createSessionAnswer({ response, accepted, headers, streams: session.streams, purpose: { kind: 'batch' }, primes: takesPriming(session) })
  return answerBatch(read, found, answer, http)
}
