import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A provider that costs as little as it can: 1 KB of JSON, or 200 chunks with a few words each, in Chat Completions and in Messages. Prints its address. */
const ANSWER = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1,
  model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(800) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
})
/** A stream: what begins it, what each chunk is, and what ends it. */
interface Told {
  readonly start: string
  readonly text: string
  readonly end: string
}

const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const TEXT = chunk({ content: 'some words of an answer ' }, null)
const CHAT: Told = { start: chunk({ role: 'assistant' }, null), text: TEXT, end: `${chunk({}, 'stop')}data: [DONE]\n\n` }

const event = (type: string, members: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
const MESSAGES: Told = {
  start:
    event('message_start', { message: { id: 'm', type: 'message', role: 'assistant', model: 'bench', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } } }) +
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  text: event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'some words of an answer ' } }),
  end: event('content_block_stop', { index: 0 }) + event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 20 } }) + event('message_stop', {}),
}
const CHUNKS = 200
const INTERVAL_MS = 5

const server = createServer((request, response) => {
  const isMessages = request.url === '/v1/messages'
  const told = isMessages ? MESSAGES : CHAT
  let streams = isMessages
  request.on('data', (piece: Buffer) => {
    // Bodies that ask for a stream are so short that they come in one piece; the tools of a run stand behind the flag.
    streams ||= piece.includes('"stream":true')
  })
  request.on('end', () => {
    if (!streams) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
      response.end(ANSWER)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(told.start)
    let sent = 0
    const timer = setInterval(() => {
      response.write(told.text)
      if (++sent < CHUNKS) return
      clearInterval(timer)
      response.end(told.end)
    }, INTERVAL_MS)
    response.on('close', () => clearInterval(timer))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}\n`))
