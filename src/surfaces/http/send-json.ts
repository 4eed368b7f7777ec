import type { ServerResponse } from 'node:http'

/** Answers with JSON text and ends the response. */
export function sendJson(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
  // Encoded once: its length is known and the socket takes it as it is.
  const bytes = Buffer.from(body, 'utf8')
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(bytes)
}
