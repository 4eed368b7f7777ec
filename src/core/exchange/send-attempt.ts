import { editBody } from '../../dialects/index.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import { AnswerReceiver } from './answer-receiver.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { ExchangeRequest } from './exchange.ts'
import { writeTranslated } from './translate-request.ts'

/** The request's body for one target: `model` and, when usage is asked for, `stream_options` edited; all else as it came. */
function bodyFor(request: ExchangeRequest, context: AttemptContext): readonly Uint8Array[] {
  const { codec, target, dropsUsage, translation } = context
  if (translation) return [writeTranslated(translation, dropsUsage)]
  const { pieces } = request.body
  const model = target.model === request.facts.model ? [] : codec.request.setModel(request.body, target.model)
  return editBody(pieces, [...model, ...codec.request.dropEnvelopes(request.body), ...(dropsUsage ? codec.request.askForUsage(request.body) : [])])
}

/** Tries one target once. Never rejects for what the provider does; the client's abort reaches the provider at once. */
export async function sendAttempt(upstream: LlmUpstream, request: ExchangeRequest, context: AttemptContext): Promise<AttemptResult> {
  const controller = new AbortController()
  const receiver = new AnswerReceiver(context, () => controller.abort())
  const onAbort = (): void => controller.abort(request.signal.reason)
  if (request.signal.aborted) return { kind: 'cancelled', status: 0, usage: undefined }
  request.signal.addEventListener('abort', onAbort, { once: true })
  try {
    const sent = upstream.send(
      {
        dialect: context.codec.dialect,
        operation: 'generate',
        model: context.target.model,
        // Headers of one dialect mean nothing in another.
        headers: context.translation ? {} : request.headers,
        body: bodyFor(request, context),
        signal: controller.signal,
      },
      receiver,
    )
    receiver.started(sent)
    return await receiver.result
  } finally {
    request.signal.removeEventListener('abort', onAbort)
  }
}
