import { anthropicMessages } from '../../dialects/index.ts'
import type { ErrorRenderer } from '../http/index.ts'

/** The official SDKs read the request's id from a header, not from the body. */
export const renderError: ErrorRenderer = (error, requestId) => ({
  status: anthropicMessages.error.statusOf?.(error),
  headers: { 'request-id': requestId },
  body: anthropicMessages.error.encode(error, requestId),
})
