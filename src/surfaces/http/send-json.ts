import type { ServerResponse } from 'node:http'
import type { SharedText } from '../../lib/shared-text.ts'

/** Answers with JSON text and ends the response. */
export function sendJson(response: ServerResponse, status: number, body: string | SharedText, headers: Readonly<Record<string, string>> = {}): void {
  // Encoded once: its length is known and the socket takes it as it is.
  const chunks = typeof body === 'string' ? [Buffer.from(body, 'utf8')] : body.chunks()
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': chunks.reduce((sum, { length }) => sum + length, 0),
    'cache-control': 'no-store',
    ...headers,
  })
  response.cork()
  for (const chunk of chunks) response.write(chunk)
  response.end()
}
