import OpenAI from 'openai'
import type { Failure } from './conversation.ts'

export function readOpenaiFailure(error: unknown): Failure {
  if (!(error instanceof OpenAI.APIError)) throw error
  const { constructor, message } = error
  const status: unknown = error.status
  return { kind: constructor.name, status: typeof status === 'number' ? status : undefined, message, retryAfter: error.headers?.get('retry-after') ?? undefined }
}
