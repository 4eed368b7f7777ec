import type { Dialect } from '../../../src/domain/dialect.ts'
import type { Answer, Failure, Place, Question } from './conversation.ts'

/** One SDK as its users write it, behind a common shape. It repeats nothing by itself. */
export interface SdkClient {
  readonly name: string
  readonly dialect: Dialect
  /** What its users would call the model; some SDKs choose by the name what they send. */
  readonly model: string
  whole(place: Place, question: Question): Promise<Answer>
  /** To the end of the stream; `onText` at the first words. */
  stream(place: Place, question: Question, onText?: () => void): Promise<Answer>
  readFailure(error: unknown): Failure
}

export const CLIENT_KEY = 'sk-client'
