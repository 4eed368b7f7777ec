import { foldAnswer, type Loss, type Translated, type StreamPart } from '../../dialects/index.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { Usage } from '../../domain/usage.ts'
import { createAnswerPipeline } from './answer-pipeline.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { BodyOutcome, BodyProgress, BodyReceiver } from './body-receiver.ts'
import { GatheredBody } from './gathered-body.ts'
import { describeLosses, type Translation } from './translate-request.ts'

/** It has to be in memory as a whole, and more than once. */
const MAX_BYTES = 64 * 1024 * 1024

/** Receives an answer that is one JSON body, and writes it in the client's dialect when it is complete. */
export class TranslatedWholeReceiver implements BodyReceiver {
  readonly #context: AttemptContext
  readonly #translation: Translation
  readonly #body = new GatheredBody()
  isCommitted = false
  usage: Usage | undefined
  losses: readonly Loss[] = []

  constructor(context: AttemptContext, translation: Translation) {
    this.#context = context
    this.#translation = translation
  }

  get hasContent(): boolean {
    return this.#body.bytes > 0
  }

  push(bytes: Uint8Array): BodyProgress {
    this.#body.push(bytes)
    const outcome = this.#body.bytes > MAX_BYTES ? ({ kind: 'broken', reason: `an answer larger than ${MAX_BYTES} bytes, which cannot be translated` } as const) : undefined
    return { isPaused: false, outcome }
  }

  end(): BodyOutcome {
    const { upstream } = this.#translation
    const verdict = this.#body.judge(upstream, this.#context.wantsStream)
    if (verdict.kind === 'malformed') return { kind: 'broken', reason: verdict.reason }
    if (verdict.kind === 'fault') return { kind: 'fault', fault: verdict.fault, tell: undefined }
    this.usage = verdict.usage
    const body = parseExact(Buffer.concat(this.#body.pieces).toString('utf8'))
    const parts: Translated<readonly StreamPart[]> = isJsonObject(body) ? upstream.translation.decodeAnswer(body) : { value: [], losses: [] }
    const failed = parts.value.find((part) => part.type === 'error')
    if (failed) return { kind: 'fault', fault: failed.fault, tell: undefined }
    const { value, losses } = this.#encode(parts.value)
    this.losses = [...(this.#context.betas?.losses ?? []), ...this.#translation.losses, ...parts.losses, ...losses]
    return { kind: 'answered', release: () => this.#send(value) }
  }

  #encode(parts: readonly StreamPart[]): Translated<Buffer> {
    const { client: codec, answer: context } = this.#translation
    const answer = foldAnswer(createAnswerPipeline(this.#translation).push(parts))
    const { value, losses } = codec.translation.encodeAnswer(answer, context)
    return { value: Buffer.from(JSON.stringify(value)), losses }
  }

  #send(bytes: Buffer): void {
    const { client, answerHeaders } = this.#context
    this.isCommitted = true
    client.head(200, { ...answerHeaders({}), ...describeLosses(this.losses), 'content-type': 'application/json', 'content-length': String(bytes.length) })
    client.chunk(bytes)
    client.end()
  }
}
