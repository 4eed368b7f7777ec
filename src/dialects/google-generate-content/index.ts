import type { DialectCodec } from '../codec.ts'
import { decodeError, encodeError, encodeErrorEvent } from './error.ts'
import { dropEnvelopes } from './request.drop-envelopes.ts'
import { setModel } from './request.edit.ts'
import { carryHeaders } from './request.headers.ts'
import { peekRequest } from './request.peek.ts'
import { readWhole } from './response.whole.ts'
import { createStreamWatch } from './stream.watch.ts'
import { geminiTranslation } from './wire.ts'

/** Google’s Gemini API. The model stands in the address, and usage comes unasked. */
export const googleGenerateContent: DialectCodec = {
  dialect: 'google-generate-content',
  request: { peek: peekRequest, setModel, askForUsage: () => [], dropEnvelopes, carryHeaders },
  response: { framing: 'sse', keepAlive: '', createStreamWatch, readWhole },
  translation: geminiTranslation,
  error: { decode: decodeError, encode: encodeError, encodeInStream: encodeErrorEvent },
}
