import type { Catalog } from '../../core/catalog/index.ts'
import { sendJson, type HttpRoute, type ReadRestContext } from '../http/index.ts'
import { describeMissing, seeTools } from './seen-tools.ts'

const wantsText = (accept: string | undefined): boolean => accept !== undefined && /\btext\/(?:markdown|plain)\b/.test(accept) && !accept.includes('application/json')

/** `GET /api/instructions`: what the servers of the selection tell their users, under a heading each; as Markdown by `Accept`. */
export function readInstructions(catalog: Catalog, readContext: ReadRestContext): HttpRoute['handle'] {
  return async (request, response, context) => {
    const seen = await seeTools(catalog, request, context, ['server'], readContext(request, context))
    const { view, server } = seen
    const told = view.servers.flatMap(({ server: id, facts: { instructions } }) => (instructions && (server === undefined || id === server) ? [{ server: id, instructions }] : []))
    const merged = server === undefined ? (view.instructions ?? null) : (told[0]?.instructions ?? null)
    if (!wantsText(request.headers.accept)) return sendJson(response, 200, JSON.stringify({ instructions: merged, servers: told, missing: describeMissing(seen) }))
    const body = Buffer.from(merged ?? '')
    response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8', 'content-length': body.length, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    response.end(body)
  }
}
