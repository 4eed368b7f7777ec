import type { RequestFacts, ScannedBody } from '../codec.ts'
import { readModelAndStream } from '../obeyed-members.ts'

/** Reads what routing needs, without decoding the body. The dialect always tells usage and has one answer only. */
export function peekRequest(body: ScannedBody): RequestFacts {
  return { ...readModelAndStream(body), wantsUsage: true, choices: 1 }
}
