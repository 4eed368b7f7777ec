import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A provider that costs as little as it can: 1 KB of JSON, or 200 chunks with one line of text each. Prints its address. */
const ANSWER = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1,
  model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(800) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
})
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const TEXT = chunk({ content: 'some words of an answer ' }, null)
const CHUNKS = 200
const INTERVAL_MS = 5

const server = createServer((request, response) => {
  let streams = false
  let tail = ''
  request.on('data', (piece: Buffer) => {
    // The flag is the last member of every bench body.
    tail = (tail + piece.subarray(Math.max(0, piece.length - 64)).toString('latin1')).slice(-64)
    streams = tail.includes('"stream":true')
  })
  request.on('end', () => {
    if (!streams) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
      response.end(ANSWER)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ role: 'assistant' }, null))
    let sent = 0
    const timer = setInterval(() => {
      response.write(TEXT)
      if (++sent < CHUNKS) return
      clearInterval(timer)
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`)
    }, INTERVAL_MS)
    response.on('close', () => clearInterval(timer))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}\n`))
