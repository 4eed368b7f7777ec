import type { DialectCodec } from '../codec.ts'
import { setModel } from '../set-model.ts'
import { decodeError, encodeError, encodeFailedResponse } from './error.ts'
import { dropEnvelopes, dropSeals } from './request.drop-envelopes.ts'
import { carryHeaders } from './request.headers.ts'
import { peekRequest } from './request.peek.ts'
import { readWhole } from './response.whole.ts'
import { createStreamWatch } from './stream.watch.ts'
import { responsesTranslation } from './wire.ts'

export { encodeFailedResponse, type BegunResponse } from './error.ts'

/** OpenAI Responses, as OpenAI and the servers compatible with it speak it. Usage comes unasked. */
export const openaiResponses: DialectCodec = {
  dialect: 'openai-responses',
  request: { peek: peekRequest, setModel, askForUsage: () => [], dropEnvelopes, dropSeals, carryHeaders },
  response: { framing: 'sse', keepAlive: ': ping\n', createStreamWatch, readWhole },
  translation: responsesTranslation,
  error: { decode: decodeError, encode: encodeError, encodeInStream: encodeFailedResponse },
}
