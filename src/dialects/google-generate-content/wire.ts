import type { DialectTranslation } from '../canonical/translation.ts'
import { decodeRequest } from './request.decode.ts'
import { encodeRequest } from './request.encode.ts'
import { decodeAnswer } from './response.decode.ts'
import { encodeAnswer } from './response.encode.ts'
import { createStreamDecoder } from './stream.decode.ts'
import { createStreamEncoder } from './stream.encode.ts'

export const geminiTranslation: DialectTranslation = { decodeRequest, encodeRequest, decodeAnswer, encodeAnswer, createStreamDecoder, createStreamEncoder }
