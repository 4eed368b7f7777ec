import { randomUUID } from 'node:crypto'
import { findCodec, foldAnswer, type CanonicalAnswer, type StreamPart } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Principal } from '../identity/index.ts'
import type { ExchangeRequest, ExchangeService } from './exchange.ts'
import { PartClient } from './part-client.ts'
import { readRefusal } from './read-refusal.ts'
import { scanBody } from './scan-body.ts'

/** A question of the gateway's own rooms to a model, as a body of Chat Completions. */
export interface ModelQuestion {
  readonly principal: Principal
  /** Who asks, for the ledger: `chat-ws`. */
  readonly surface: string
  readonly requestId: string
  /** With `model`, `messages` and whatever else the dialect has; `stream` decides how the provider is asked. */
  readonly body: JsonObject
  /** Presets and MCP servers whose tools the model may use; the exchange has to be one of `core/runs`. */
  readonly tools?: string
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * Asks through the same exchange as every client, and gives the whole answer; `onPart` sees the parts of a stream as they come.
 * Rejects with a `GatewayError`, `cancelled` when the signal ended it.
 */
export async function askModel(run: ExchangeService['run'], question: ModelQuestion, onPart: (part: StreamPart) => void = () => {}): Promise<CanonicalAnswer> {
  const { principal, surface, requestId, body: asked, tools, logger, signal } = question
  const codec = findCodec('openai-chat')
  if (!codec) throw new GatewayError('internal', 'Chat Completions are not spoken.')
  const body = scanBody(asked['stream'] === true ? { ...asked, stream_options: { include_usage: true } } : asked)
  const id = `exc_${randomUUID().replaceAll('-', '')}` as ExchangeId
  const request: ExchangeRequest = { id, requestId, surface, principal, dialect: 'openai-chat', facts: codec.request.peek(body), body, headers: {}, logger, signal, ...(tools === undefined ? {} : { tools }) }
  const client = new PartClient(codec, {
    begin: () => {},
    push: (parts) => {
      for (const part of parts) onPart(part)
      return true
    },
    onceDrained: (listener) => listener(),
  })
  await run(request, client)
  if (!client.answer) throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The question was cancelled.')
  if (client.isRefusal) throw readRefusal(client.answer.status, client.bytes.toString('utf8'))
  client.settle()
  return foldAnswer(client.parts)
}
