import { openaiResponses } from '../../dialects/index.ts'
import type { ErrorRenderer } from '../http/index.ts'

/** The official SDKs read the request's id from a header, not from the body. */
export const renderError: ErrorRenderer = (error, requestId) => ({
  headers: { 'x-request-id': requestId },
  body: openaiResponses.error.encode(error, requestId),
})
