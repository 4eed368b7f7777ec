import { addMembers } from '../../../dialects/index.ts'
import type { JsonObject } from '../../../lib/json.ts'

/**
 * Adds the provider's own parameters to a body as a text edit; what the client set stays as the client set it. Objects named in
 * `filled` are filled up where the client has them, too.
 */
export function addParameters(pieces: readonly Uint8Array[], parameters: JsonObject, filled: readonly string[] = []): readonly Uint8Array[] {
  return addMembers(pieces, { parameters, filled })
}
