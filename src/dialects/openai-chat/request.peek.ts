import { isJsonObject } from '../../lib/json.ts'
import type { RequestFacts, ScannedBody } from '../codec.ts'
import { readModelAndStream, readObeyed } from '../obeyed-members.ts'

/** Reads what routing needs, without decoding the body. */
export function peekRequest(body: ScannedBody): RequestFacts {
  const options = readObeyed(body, 'stream_options')
  const n = readObeyed(body, 'n')
  return {
    ...readModelAndStream(body),
    wantsUsage: isJsonObject(options) && options['include_usage'] === true,
    choices: typeof n === 'number' && n >= 1 ? Math.floor(n) : 1,
  }
}
