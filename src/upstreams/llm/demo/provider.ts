import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../../domain/errors.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import { isJsonObject, type JsonObject } from '../../../lib/json.ts'
import { PassingSet } from '../../../lib/passing-set.ts'
import type { LlmUpstream } from '../upstream.ts'
import { answerDemo, promptText } from './answer.ts'
import { writeStream, writeWhole } from './chat-wire.ts'
import { DEMO_MODELS } from './models.ts'
import { PacedAnswer, type PacedContent } from './paced-answer.ts'

const PAUSE_MS = 15

function refuse(status: number, message: string, code: string): PacedContent {
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })
  return { status, contentType: 'application/json', pieces: [body], pauseMs: 0 }
}

function parseBody(pieces: readonly Uint8Array[]): JsonObject | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
    return isJsonObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

function prepare(model: string, pieces: readonly Uint8Array[]): PacedContent {
  if (!DEMO_MODELS.some(({ id }) => id === model)) {
    return refuse(404, `The demo provider has no model \`${model}\`, only ${DEMO_MODELS.map(({ id }) => `\`${id}\``).join(' and ')}.`, 'model_not_found')
  }
  const request = parseBody(pieces)
  if (!request || !Array.isArray(request['messages'])) return refuse(400, 'Expected a JSON object with `messages`.', 'invalid_body')
  const identity = { id: `chatcmpl-demo${randomUUID().replaceAll('-', '')}`, model, created: Math.floor(Date.now() / 1000) }
  const answer = answerDemo(model, request)
  const prompt = promptText(request)
  if (request['stream'] === true) {
    return { status: 200, contentType: 'text/event-stream', pieces: writeStream(identity, prompt, answer, request), pauseMs: PAUSE_MS }
  }
  return { status: 200, contentType: 'application/json', pieces: [writeWhole(identity, prompt, answer)], pauseMs: 0 }
}

/** A provider in this process that needs no account and no network, and says in every answer that it is a demo. */
export function createDemoProvider(definition: ProviderDefinition): LlmUpstream {
  const running = new PassingSet<PacedAnswer>()
  const idle = Promise.withResolvers<void>()
  let isRetired = false
  return {
    id: definition.id,
    kind: definition.kind,
    dialectsFor: () => ['openai-chat'],
    quirksFor: () => ({}),
    factsFor: () => undefined,
    listModels: () => Promise.resolve(DEMO_MODELS),
    send({ operation, model, body, signal }, sink) {
      if (operation !== 'generate') throw new GatewayError('not_found', `The demo provider has no operation \`${operation}\`.`)
      const content = isRetired ? refuse(503, 'The demo provider was replaced.', 'server_error') : prepare(model, body)
      const answer = new PacedAnswer(content, sink, signal, () => {
        leave()
        if (isRetired && running.size === 0) idle.resolve()
      })
      const leave = running.add(answer)
      return answer
    },
    forward() {
      throw new GatewayError('not_found', 'The demo provider keeps nothing.')
    },
    retire() {
      isRetired = true
      if (running.size === 0) idle.resolve()
      return idle.promise
    },
    async [Symbol.asyncDispose]() {
      for (const answer of running) answer.stop(new GatewayError('upstream_interrupted', 'The demo provider was closed.'))
    },
  }
}
