import type { DialectCodec } from '../codec.ts'
import { setModel } from '../set-model.ts'
import { decodeError, encodeError, encodeErrorEvent } from './error.ts'
import { askForUsage } from './request.edit.ts'
import { carryHeaders } from './request.headers.ts'
import { peekRequest } from './request.peek.ts'
import { readWhole } from './response.whole.ts'
import { createStreamWatch } from './stream.watch.ts'
import { chatTranslation } from './wire.ts'

/** OpenAI Chat Completions, as OpenAI and the many servers compatible with it speak it. */
export const openaiChat: DialectCodec = {
  dialect: 'openai-chat',
  // Servers of this dialect ignore `reasoning_details` that they do not know.
  request: { peek: peekRequest, setModel, askForUsage, dropEnvelopes: () => [], carryHeaders },
  response: { framing: 'sse', keepAlive: ': ping\n', createStreamWatch, readWhole },
  translation: chatTranslation,
  error: { decode: decodeError, encode: encodeError, encodeInStream: encodeErrorEvent },
}
