import { Agent, createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The featureless relay that gateways are compared with: `node:http` and an Agent; it parses the body, routes on the
 * model, rewrites it and forwards. No keys, no limits, no usage, no ledger, no log. Usage: relay.ts <upstream address>
 */
const upstream = new URL(process.argv[2] ?? '')
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

const server = createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { model: string }
    body.model = body.model.slice(body.model.indexOf('/') + 1)
    const text = JSON.stringify(body)
    const forward = send(
      { agent, host: upstream.hostname, port: upstream.port, method: 'POST', path: request.url, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    forward.on('error', () => response.destroy())
    response.on('close', () => forward.destroy())
    forward.end(text)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}\n`))
