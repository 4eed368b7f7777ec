import type { DialectCodec } from '../codec.ts'
import { setModel } from '../set-model.ts'
import { writeSseEvent } from '../sse/index.ts'
import { decodeError, encodeError, encodeErrorEvent, statusOf } from './error.ts'
import { dropEnvelopes } from './request.drop-envelopes.ts'
import { carryHeaders } from './request.headers.ts'
import { peekRequest } from './request.peek.ts'
import { applyVersion } from './request.version.ts'
import { readWhole } from './response.whole.ts'
import { createStreamWatch } from './stream.watch.ts'
import { messagesTranslation } from './wire.ts'

/** Anthropic Messages, as Anthropic and the providers compatible with it speak it. Usage comes unasked. */
export const anthropicMessages: DialectCodec = {
  dialect: 'anthropic-messages',
  request: { peek: peekRequest, setModel, askForUsage: () => [], dropEnvelopes, carryHeaders, applyVersion },
  response: { framing: 'sse', keepAlive: writeSseEvent({ event: 'ping', data: '{"type":"ping"}' }), createStreamWatch, readWhole },
  translation: messagesTranslation,
  error: { decode: decodeError, encode: encodeError, statusOf, encodeInStream: encodeErrorEvent },
}
