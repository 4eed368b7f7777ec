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

function summarise(request: RecordedRequest): Record<string, unknown> {
  const { method, path, headers, body, receivedAt, abortedAt, finishedAt } = request
  return { method, path, headers, bytes: body.length, receivedAt, abortedAt, finishedAt }
}

/**
 * Lets another process drive the simulator: `POST /_sim/scripts` queues one script or an array, `DELETE /_sim/scripts`
 * forgets scripts, records and counts, `GET /_sim/requests` and `GET /_sim/served` tell what happened. False for other paths.
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
    } else if (path === '/_sim/requests') answer(response, 200, simulator.requests.map(summarise))
    else if (path === '/_sim/served') answer(response, 200, simulator.served)
    else answer(response, 404, { error: `Nothing is served at ${path}.` })
  } catch (error) {
    answer(response, 400, { error: String(error) })
  }
  return true
}
