import { createJsonScanner, type ScannedBody } from '../../dialects/index.ts'
import type { JsonObject } from '../../lib/json.ts'

/** A body of the gateway's own, as one of a client would have arrived. */
export function scanBody(body: JsonObject): ScannedBody {
  const bytes = Buffer.from(JSON.stringify(body))
  const scanner = createJsonScanner()
  scanner.push(bytes)
  return { pieces: [bytes], scan: scanner.end() }
}
