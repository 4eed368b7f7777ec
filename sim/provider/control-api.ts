import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RecordedRequest, Served } from './records.ts'
import { checkScript, type QueuedScript } from './script.ts'

export interface Controlled {
  script(script: QueuedScript): void
  reset(): void
  readonly requests: readonly RecordedRequest[]
  readonly served: Served
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function summarise(request: RecordedRequest, index: number): Record<string, unknown> {
  const { method, path, headers, body, receivedAt, abortedAt, finishedAt } = request
  return { index, method, path, headers, bytes: body.length, receivedAt, abortedAt, finishedAt }
}

function tell(response: ServerResponse, path: string, { requests, served }: Controlled): void {
  if (path === '/_sim/requests') return answer(response, 200, requests.map(summarise))
  if (path === '/_sim/served') return answer(response, 200, served)
  const found = /^\/_sim\/requests\/(\d+)\/body$/.exec(path)
  const request = found ? requests[Number(found[1])] : undefined
  if (!request) return answer(response, 404, { error: `Nothing is served at ${path}.` })
  response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(request.body)
}

/**
 * Lets another process drive the simulator: `POST /_sim/scripts` queues one script or an array, `DELETE /_sim/scripts`
 * forgets scripts, records and counts, `GET /_sim/requests` and `GET /_sim/served` tell what happened, and
 * `GET /_sim/requests/{index}/body` gives the very bytes that came. False for other paths.
 */
export function control(request: IncomingMessage, response: ServerResponse, body: Buffer, simulator: Controlled): boolean {
  const path = request.url ?? ''
  if (!path.startsWith('/_sim/')) return false
  try {
    if (request.method === 'POST' && path === '/_sim/scripts') {
      const parsed: unknown = JSON.parse(body.toString('utf8'))
      const scripts = (Array.isArray(parsed) ? parsed : [parsed]).map((one: unknown) => checkScript(one))
      for (const script of scripts) simulator.script(script)
      answer(response, 200, { queued: scripts.length })
    } else if (request.method === 'DELETE' && path === '/_sim/scripts') {
      simulator.reset()
      answer(response, 200, {})
    } else tell(response, path, simulator)
  } catch (error) {
    answer(response, 400, { error: String(error) })
  }
  return true
}
