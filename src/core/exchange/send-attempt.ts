import { addMembers, editBody } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import { AnswerReceiver } from './answer-receiver.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { ExchangeRequest } from './exchange.ts'
import { limitBetas } from './limit-betas.ts'
import { settleUsage } from './settle-usage.ts'
import { writeTranslated } from './translate-request.ts'

/** Where dialects keep the settings of an answer: there a route's parameters add to those of the client. */
const SETTINGS_OBJECTS: Readonly<Partial<Record<Dialect, readonly string[]>>> = {
  'google-generate-content': ['generationConfig'],
  'ollama-chat': ['options'],
}

/** The body as it goes to one target, with what its route sets. */
function bodyFor(request: ExchangeRequest, context: AttemptContext): readonly Uint8Array[] {
  const { parameters, overrides } = context.target
  return addMembers(editedBody(request, context), { parameters, overrides, filled: SETTINGS_OBJECTS[context.codec.dialect] })
}

/** The request's body for one target: `model` and, when usage is asked for, `stream_options` edited; all else as it came. */
function editedBody(request: ExchangeRequest, context: AttemptContext): readonly Uint8Array[] {
  const { codec, target, dropsUsage, dropsSeals, translation } = context
  if (translation) return [writeTranslated(translation, dropsUsage)]
  const { pieces } = request.body
  const model = target.model === request.facts.model ? [] : codec.request.setModel(request.body, target.model)
  return editBody(pieces, [...model, ...((dropsSeals ? codec.request.dropSeals?.(request.body) : undefined) ?? codec.request.dropEnvelopes(request.body)), ...(dropsUsage ? codec.request.askForUsage(request.body) : [])])
}

/** Tries one target once. Never rejects for what the provider does; the client's abort reaches the provider at once. */
export async function sendAttempt(upstream: LlmUpstream, request: ExchangeRequest, context: AttemptContext): Promise<AttemptResult> {
  const { codec } = context
  const controller = new AbortController()
  const receiver = new AnswerReceiver(context, () => controller.abort())
  const onAbort = (): void => controller.abort(request.signal.reason)
  if (request.signal.aborted) return { kind: 'cancelled', status: 0, usage: undefined }
  request.signal.addEventListener('abort', onAbort, { once: true })
  try {
    const sent = upstream.send(
      {
        dialect: codec.dialect,
        operation: request.operation ?? 'generate',
        model: context.target.model,
        stream: request.facts.stream,
        // Headers of one dialect mean nothing in another.
        ...limitBetas(codec.dialect === request.dialect ? request.headers : (context.translation?.headers ?? {}), bodyFor(request, context), context.betas),
        signal: controller.signal,
      },
      receiver,
    )
    receiver.started(sent)
    return settleUsage(await receiver.result, receiver.sample, request, context)
  } finally {
    request.signal.removeEventListener('abort', onAbort)
  }
}
