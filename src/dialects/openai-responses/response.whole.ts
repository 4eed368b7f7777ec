import type { ScannedBody, WholeVerdict } from '../codec.ts'
import { readWholeAnswer } from '../read-whole-answer.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

const FAILED = decodeFault({ message: 'The response failed.', type: 'server_error' })

export const readWhole = (body: ScannedBody): WholeVerdict =>
  readWholeAnswer(body, { content: ['output'], usage: 'usage', decodeFault, decodeUsage, findFault: (read) => (read('status') === 'failed' ? FAILED : undefined) })
