import { createJsonScanner, foldAnswer, type StreamPart } from '../../dialects/index.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { Usage } from '../../domain/usage.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { BodyOutcome, BodyProgress, BodyReceiver } from './body-receiver.ts'
import type { Translation } from './translate-request.ts'

/** It has to be in memory as a whole, and more than once. */
const MAX_BYTES = 64 * 1024 * 1024

/** Receives an answer that is one JSON body, and writes it in the client's dialect when it is complete. */
export class TranslatedWholeReceiver implements BodyReceiver {
  readonly #context: AttemptContext
  readonly #translation: Translation
  readonly #scanner = createJsonScanner()
  readonly #pieces: Uint8Array[] = []
  #bytes = 0
  isCommitted = false
  usage: Usage | undefined

  constructor(context: AttemptContext, translation: Translation) {
    this.#context = context
    this.#translation = translation
  }

  get hasContent(): boolean {
    return this.#pieces.length > 0
  }

  push(bytes: Uint8Array): BodyProgress {
    this.#scanner.push(bytes)
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    const outcome = this.#bytes > MAX_BYTES ? ({ kind: 'broken', reason: `an answer larger than ${MAX_BYTES} bytes, which cannot be translated` } as const) : undefined
    return { isPaused: false, outcome }
  }

  end(): BodyOutcome {
    const { upstream } = this.#translation
    const verdict = upstream.response.readWhole({ pieces: this.#pieces, scan: this.#scanner.end() })
    if (verdict.kind === 'malformed') return { kind: 'broken', reason: verdict.reason }
    if (verdict.kind === 'fault') return { kind: 'fault', fault: verdict.fault, tell: undefined }
    if (this.#context.wantsStream) return { kind: 'broken', reason: 'a whole answer though a stream was asked for' }
    this.usage = verdict.usage
    const body = parseExact(Buffer.concat(this.#pieces).toString('utf8'))
    const parts = isJsonObject(body) ? upstream.translation.decodeAnswer(body) : []
    const bytes = this.#encode(parts)
    return { kind: 'answered', release: () => this.#send(bytes) }
  }

  #encode(parts: readonly StreamPart[]): Buffer {
    const { client: codec, answer: context, encoded } = this.#translation
    const answer = foldAnswer(parts)
    const blocks = answer.blocks.map((block) => (block.type === 'tool-call' ? { ...block, name: encoded.toolNames.get(block.name) ?? block.name } : block))
    return Buffer.from(JSON.stringify(codec.translation.encodeAnswer({ ...answer, blocks }, context)))
  }

  #send(bytes: Buffer): void {
    const { client, answerHeaders } = this.#context
    this.isCommitted = true
    client.head(200, { ...answerHeaders({}), 'content-type': 'application/json', 'content-length': String(bytes.length) })
    client.chunk(bytes)
    client.end()
  }
}
