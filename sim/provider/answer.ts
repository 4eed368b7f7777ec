import { chatWire } from './chat-wire.ts'
import { embeddingTexts, writeEmbeddings } from './embeddings.ts'
import { operationOf, type Endpoint, type SimulatedDialect } from './endpoint.ts'
import { geminiWire } from './gemini-wire.ts'
import { messagesWire } from './messages-wire.ts'
import { ollamaWire } from './ollama-wire.ts'
import { planReply } from './reply.ts'
import { compactedBody } from './responses-body.ts'
import { responsesWire } from './responses-wire.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { Script } from './script.ts'
import type { Wire, Writing } from './wire.ts'

/** An answer as bytes of its dialect, faults not yet applied. */
export interface Answer {
  readonly stream: boolean
  readonly streamType: string
  readonly brokenEvent: string
  readonly usage: { readonly input: number; readonly output: number }
  /** Throws what cannot be written whole: arguments that are no JSON, in a dialect that has objects there. */
  whole(): string
  /** One text per event, in wire form with its blank line. */
  events(): readonly string[]
  error(status: number): string
  /** In place of the event with this index. */
  errorEvent(index: number): string
}

export const WIRES: Readonly<Record<SimulatedDialect, Wire>> = {
  'openai-chat': chatWire,
  'openai-responses': responsesWire,
  'anthropic-messages': messagesWire,
  'google-generate-content': geminiWire,
  'ollama-chat': ollamaWire,
}

export interface Prepared {
  readonly writing: Writing
  readonly answer: Answer
}

function countOf({ reply: { usage } }: Writing, dialect: SimulatedDialect): JsonObject {
  if (dialect === 'google-generate-content') return { totalTokens: usage.input, promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }] }
  return { ...(dialect === 'openai-responses' ? { object: 'response.input_tokens' } : {}), input_tokens: usage.input }
}

export function prepareAnswer(endpoint: Endpoint, serial: number, model: string, request: JsonObject, script: Script): Prepared {
  const { dialect } = endpoint
  const wire = WIRES[dialect]
  const operation = operationOf(endpoint, request)
  const id = `${dialect === 'openai-responses' ? 'resp_' : 'chatcmpl-'}sim${serial}`
  const writing: Writing = { reply: planReply(id, model, request, script), script, request, asEvents: endpoint.asEvents || script.fault === 'sse-instead' }
  const { usage } = writing.reply
  const common = {
    stream: operation === 'stream',
    streamType: wire.streamType(writing),
    brokenEvent: wire.brokenEvent,
    whole: () => wire.whole(writing),
    events: () => wire.events(writing),
    error: (status: number) => wire.error(status, script),
    errorEvent: (index: number) => wire.errorEvent(writing, index),
  }
  if (operation === 'count') return { writing, answer: { ...common, whole: () => JSON.stringify(countOf(writing, dialect)), usage: { input: 0, output: 0 } } }
  if (operation === 'compact') return { writing, answer: { ...common, whole: () => JSON.stringify(compactedBody(writing)), usage } }
  if (operation === 'embed') {
    const tokens = script.inputTokens ?? embeddingTexts(request).length * 3
    return { writing, answer: { ...common, whole: () => JSON.stringify(writeEmbeddings(endpoint, request, { model, tokens, dimensions: script.dimensions })), usage: { input: tokens, output: 0 } } }
  }
  return { writing, answer: { ...common, usage } }
}
