import type { ScannedBody, WholeVerdict } from '../codec.ts'
import { readWholeAnswer } from '../read-whole-answer.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** A prompt that was refused has feedback and no candidates. */
export const readWhole = (body: ScannedBody): WholeVerdict =>
  readWholeAnswer(body, { content: ['candidates', 'promptFeedback'], usage: 'usageMetadata', decodeFault, decodeUsage })
