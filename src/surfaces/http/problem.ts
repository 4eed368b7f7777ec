import type { ErrorRenderer } from './surface.ts'

/**
 * RFC 9457 problem details, for surfaces without an error shape of their own. The `error` member repeats it for
 * clients that look for OpenAI's.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const renderProblem: ErrorRenderer = (error, requestId) => ({
  headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  body: JSON.stringify({
    type: 'about:blank',
    title: error.code,
    status: error.status,
    detail: error.message,
    requestId,
    error: { message: error.message, type: error.code, code: error.code },
  }),
})
