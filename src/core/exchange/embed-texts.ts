import { randomUUID } from 'node:crypto'
import { openaiEmbeddings } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Principal } from '../identity/index.ts'
import type { ExchangeClient, ExchangeService } from './exchange.ts'
import { readRefusal } from './read-refusal.ts'
import { scanBody } from './scan-body.ts'

/** Texts of the gateway's own rooms for a model that makes vectors of them. */
export interface EmbeddingQuestion {
  readonly principal: Principal
  /** Who asks, for the ledger: `tool-search`. */
  readonly surface: string
  readonly requestId: string
  readonly model: string
  readonly texts: readonly string[]
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** The client's end: an answer of embeddings is always whole. */
class WholeClient implements ExchangeClient {
  readonly #pieces: Uint8Array[] = []
  status: number | undefined
  failure: GatewayError | undefined

  get text(): string {
    return Buffer.concat(this.#pieces).toString('utf8')
  }

  head(status: number): void {
    this.status = status
  }

  chunk(bytes: Uint8Array): boolean {
    this.#pieces.push(bytes)
    return true
  }

  onceDrained(listener: () => void): void {
    listener()
  }

  end(): void {}

  fail(error: GatewayError): void {
    this.failure = error
  }
}

const malformed = (what: string): GatewayError => new GatewayError('upstream_protocol', `The provider answered a request for embeddings with ${what}.`)

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('upstream_protocol', 'The provider answered a request for embeddings with something that is no JSON.', { cause })
  }
}

/** `{"data":[{"index":0,"embedding":[0.1,…]},…]}`: items may come in any order. */
function readVectors(text: string, count: number): readonly Float32Array[] {
  const answer = readJson(text)
  const items: readonly unknown[] = isJsonObject(answer) && Array.isArray(answer['data']) ? answer['data'] : []
  if (items.length !== count) throw malformed(`${items.length} vectors for ${count} texts`)
  const vectors: Float32Array[] = []
  for (const [place, item] of items.entries()) {
    const { index = place, embedding } = isJsonObject(item) ? item : {}
    if (!Array.isArray(embedding) || typeof index !== 'number') throw malformed('an item that is no list of numbers')
    vectors[index] = Float32Array.from(embedding, Number)
  }
  if (Object.keys(vectors).length !== count || vectors.length !== count) throw malformed('vectors that belong to no text')
  return vectors
}

/** Asks through the same exchange as every client. Rejects with a `GatewayError`; with the signal's reason when that ended it. */
export async function embedTexts(run: ExchangeService['run'], question: EmbeddingQuestion): Promise<readonly Float32Array[]> {
  const { principal, surface, requestId, model, texts, logger, signal } = question
  const body = scanBody({ model, input: [...texts], encoding_format: 'float' })
  const id = `exc_${randomUUID().replaceAll('-', '')}` as ExchangeId
  const client = new WholeClient()
  await run({ id, requestId, surface, principal, dialect: 'openai-chat', operation: 'embed', facts: openaiEmbeddings.request.peek(body), body, headers: {}, logger, signal }, client)
  const { status, failure, text } = client
  if (failure) throw failure
  if (status === undefined) throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The request was cancelled.')
  if (status !== 200) throw readRefusal(status, text)
  return readVectors(text, texts.length)
}
