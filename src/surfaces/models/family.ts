import type { IncomingHttpHeaders } from 'node:http'
import { anthropicMessages, googleGenerateContent, openaiChat, type DialectCodec } from '../../dialects/index.ts'
import { geminiShape } from './gemini-shape.ts'
import { anthropicShape, openaiShape, type ModelShape } from './shapes.ts'

/** A protocol family of clients: how it writes models and errors, and where its SDKs look for the request's id. */
export interface ModelFamily {
  readonly shape: ModelShape
  readonly codec: DialectCodec
  readonly idHeader: string
}

const OPENAI: ModelFamily = { shape: openaiShape, codec: openaiChat, idHeader: 'x-request-id' }
const ANTHROPIC: ModelFamily = { shape: anthropicShape, codec: anthropicMessages, idHeader: 'request-id' }
export const GEMINI: ModelFamily = { shape: geminiShape, codec: googleGenerateContent, idHeader: 'x-request-id' }

/** All families ask `/v1/models`: Anthropic's clients always send their version, and Google's their key in a header of their own. */
export function familyOf(headers: IncomingHttpHeaders): ModelFamily {
  if (headers['anthropic-version'] !== undefined) return ANTHROPIC
  return headers['x-goog-api-key'] === undefined ? OPENAI : GEMINI
}
