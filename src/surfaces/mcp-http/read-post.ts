import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readMessages, writeError, type ReadMessages } from '../../core/mcp-endpoint/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { readBody, sendJson, type BodyLimits } from '../http/index.ts'

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

async function readText(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  if (!isJson(request.headers['content-type'])) {
    throw new GatewayError('unsupported_media_type', `Expected \`Content-Type: application/json\`, got \`${request.headers['content-type'] ?? 'none'}\`.`)
  }
  const bytes = Buffer.concat(await readBody(request, limits))
  if (!isUtf8(bytes)) throw new RpcError(RPC.parseError, 'Parse error: the body is not UTF-8.')
  return bytes.toString('utf8')
}

/** The messages of a POST. Answers with 400 and gives nothing when they are no JSON-RPC. Throws for what HTTP refuses. */
export async function readPost(request: IncomingMessage, response: ServerResponse, limits: BodyLimits): Promise<ReadMessages | undefined> {
  try {
    return readMessages(await readText(request, limits))
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    sendJson(response, 400, writeError(null, error))
    return undefined
  }
}
