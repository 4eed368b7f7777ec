import type { DialectCodec } from '../codec.ts'
import { setModel } from '../set-model.ts'
import { decodeError, encodeError, encodeErrorEvent } from './error.ts'
import { peekRequest } from './request.peek.ts'
import { readWhole } from './response.whole.ts'
import { createStreamWatch } from './stream.watch.ts'
import { ollamaTranslation } from './wire.ts'

/** Ollama’s own chat, as it is spoken to providers. It has no ids, and no clients here. */
export const ollamaChat: DialectCodec = {
  dialect: 'ollama-chat',
  request: { peek: peekRequest, setModel, askForUsage: () => [], dropEnvelopes: () => [], carryHeaders: () => ({}) },
  response: { framing: 'ndjson', keepAlive: '', createStreamWatch, readWhole },
  translation: ollamaTranslation,
  error: { decode: decodeError, encode: encodeError, encodeInStream: encodeErrorEvent },
}
