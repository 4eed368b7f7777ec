import { googleGenerateContent } from '../../dialects/index.ts'
import type { ErrorRenderer } from '../http/index.ts'

export const renderError: ErrorRenderer = (error, requestId) => ({ headers: { 'x-request-id': requestId }, body: googleGenerateContent.error.encode(error, requestId) })
