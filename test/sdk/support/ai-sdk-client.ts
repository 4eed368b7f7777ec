import { APICallError, generateText, jsonSchema, Output, streamText, tool, type JSONSchema7, type LanguageModel, type ModelMessage, type ToolSet } from 'ai'
import type { Dialect } from '../../../src/domain/dialect.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import type { Answer, Failure, Place, Question, Turn } from './conversation.ts'
import type { SdkClient } from './sdk-client.ts'

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>

// What it warns of is in the requests that the tests read.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

/** A provider package of the AI SDK. */
export interface AiSdkPackage {
  readonly name: string
  readonly dialect: Dialect
  readonly model: string
  open(place: Place): LanguageModel
  /** How its users ask for reasoning. */
  readonly thinking: ProviderOptions
  readonly usual?: ProviderOptions
}

function writeTurn(turn: Turn): readonly ModelMessage[] {
  if (turn.kind === 'answer') return turn.answer.native as ModelMessage[]
  if (turn.kind === 'results') {
    return [{ role: 'tool', content: turn.results.map(({ call, text }) => ({ type: 'tool-result', toolCallId: call.id, toolName: call.name, output: { type: 'text', value: text } })) }]
  }
  const media = (turn.media ?? []).map(({ mediaType, base64 }) => ({ type: 'file' as const, mediaType, data: base64, ...(mediaType === 'application/pdf' ? { filename: 'paper.pdf' } : {}) }))
  return [{ role: 'user', content: [{ type: 'text', text: turn.text }, ...media] }]
}

const typed = (schema: JsonObject): JSONSchema7 => schema as JSONSchema7

function writeTools({ tools = [] }: Question): ToolSet {
  return Object.fromEntries(tools.map(({ name, schema }) => [name, tool({ inputSchema: jsonSchema(typed(schema)) })]))
}

function writeOptions(own: AiSdkPackage, place: Place, question: Question) {
  const providerOptions = question.thinks ? own.thinking : own.usual
  return {
    model: own.open(place),
    messages: question.turns.flatMap(writeTurn),
    maxRetries: 0,
    ...(question.tools ? { tools: writeTools(question) } : {}),
    ...(question.schema ? { output: Output.object({ schema: jsonSchema(typed(question.schema)) }) } : {}),
    ...(providerOptions ? { providerOptions } : {}),
    ...(question.signal ? { abortSignal: question.signal } : {}),
  }
}

interface Told {
  readonly text: string
  readonly reasoningText: string | undefined
  readonly toolCalls: readonly { readonly toolCallId: string; readonly toolName: string; readonly input: unknown; readonly providerExecuted?: boolean | undefined }[]
  readonly finishReason: string
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined }
  readonly messages: readonly ModelMessage[]
}

function readAnswer({ text, reasoningText, toolCalls, finishReason, usage, messages }: Told): Answer {
  const calls = toolCalls.filter(({ providerExecuted }) => providerExecuted !== true).map(({ toolCallId, toolName, input }) => ({ id: toolCallId, name: toolName, input }))
  return { text, reasoning: reasoningText ?? '', calls, finish: finishReason, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, native: messages }
}

async function readStream(own: AiSdkPackage, place: Place, question: Question, onText: (() => void) | undefined): Promise<Answer> {
  let thrown: unknown
  const result = streamText({
    ...writeOptions(own, place, question),
    // Without it errors go to the console.
    onError({ error }) {
      thrown = error
    },
  })
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') onText?.()
    if (part.type === 'abort') throw new DOMException('The stream was aborted.', 'AbortError')
    if (part.type === 'error') throw part.error
  }
  if (thrown !== undefined) throw thrown as Error
  const [text, reasoningText, toolCalls, finishReason, usage, response] = await Promise.all([result.text, result.reasoningText, result.toolCalls, result.finishReason, result.usage, result.response])
  return readAnswer({ text, reasoningText, toolCalls, finishReason, usage, messages: response.messages })
}

function readFailure(error: unknown): Failure {
  if (APICallError.isInstance(error)) return { kind: error.name, status: error.statusCode, message: error.message, retryAfter: error.responseHeaders?.['retry-after'] }
  // Errors inside a stream come as the provider package read them.
  return { kind: error instanceof Error ? error.name : typeof error, status: undefined, message: error instanceof Error ? error.message : JSON.stringify(error), retryAfter: undefined }
}

export function createAiSdkClient(own: AiSdkPackage): SdkClient {
  return {
    name: `ai sdk ${own.name}`,
    dialect: own.dialect,
    model: own.model,
    async whole(place, question) {
      const { text, reasoningText, toolCalls, finishReason, usage, response } = await generateText(writeOptions(own, place, question))
      return readAnswer({ text, reasoningText, toolCalls, finishReason, usage, messages: response.messages })
    },
    stream: (place, question, onText) => readStream(own, place, question, onText),
    readFailure,
  }
}
