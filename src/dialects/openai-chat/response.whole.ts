import type { ScannedBody, WholeVerdict } from '../codec.ts'
import { readWholeAnswer } from '../read-whole-answer.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

export const readWhole = (body: ScannedBody): WholeVerdict => readWholeAnswer(body, { content: ['choices'], usage: 'usage', decodeFault, decodeUsage })
