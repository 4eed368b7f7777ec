import { ApiError, GoogleGenAI, ThinkingLevel, type Chat, type Content, type GenerateContentConfig, type GenerateContentResponse, type Part } from '@google/genai'
import type { Answer, Failure, Place, Question, Turn } from './conversation.ts'
import { CLIENT_KEY, type SdkClient } from './sdk-client.ts'

function writeTurn(turn: Turn): readonly Content[] {
  if (turn.kind === 'answer') return turn.answer.native as Content[]
  if (turn.kind === 'results') return [{ role: 'user', parts: turn.results.map(({ call, text }) => ({ functionResponse: { id: call.id, name: call.name, response: { output: text } } })) }]
  const media = (turn.media ?? []).map(({ mediaType, base64 }) => ({ inlineData: { mimeType: mediaType, data: base64 } }))
  return [{ role: 'user', parts: [{ text: turn.text }, ...media] }]
}

function writeConfig({ tools, thinks, schema, signal }: Question): GenerateContentConfig {
  return {
    ...(tools ? { tools: [{ functionDeclarations: tools.map(({ name, schema: parametersJsonSchema }) => ({ name, parametersJsonSchema })) }] } : {}),
    ...(thinks ? { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW } } : {}),
    ...(schema ? { responseMimeType: 'application/json', responseJsonSchema: schema } : {}),
    ...(signal ? { abortSignal: signal } : {}),
  }
}

/** Chats keep the history that the next request is made of, so they are this SDK's accumulator. */
function openChat({ origin, model }: Place, question: Question): { readonly chat: Chat; readonly message: Part[]; readonly before: number } {
  const history = question.turns.flatMap(writeTurn)
  const last = history.pop()
  const client = new GoogleGenAI({ apiKey: CLIENT_KEY, httpOptions: { baseUrl: origin, retryOptions: { attempts: 1 } } })
  return { chat: client.chats.create({ model, config: writeConfig(question), history }), message: last?.parts ?? [], before: history.length + 1 }
}

function readAnswer(native: readonly Content[], last: GenerateContentResponse | undefined): Answer {
  const parts = native.flatMap((content) => content.parts ?? [])
  const say = (isThought: boolean): string => parts.map(({ text, thought }) => ((thought === true) === isThought ? (text ?? '') : '')).join('')
  const calls = parts.flatMap(({ functionCall }) => (functionCall ? [{ id: functionCall.id ?? '', name: functionCall.name ?? '', input: functionCall.args }] : []))
  const usage = last?.usageMetadata
  return { text: say(false), reasoning: say(true), calls, finish: last?.candidates?.[0]?.finishReason ?? '', inputTokens: usage?.promptTokenCount, outputTokens: usage?.candidatesTokenCount, native }
}

function readFailure(error: unknown): Failure {
  if (!(error instanceof ApiError)) throw error
  return { kind: error.constructor.name, status: error.status, message: error.message, retryAfter: undefined }
}

export const googleClient: SdkClient = {
  name: 'google genai',
  dialect: 'google-generate-content',
  model: 'gemini-3.5-flash',
  async whole(place, question) {
    const { chat, message, before } = openChat(place, question)
    const response = await chat.sendMessage({ message })
    return readAnswer(chat.getHistory(true).slice(before), response)
  },
  async stream(place, question, onText) {
    const { chat, message, before } = openChat(place, question)
    let last: GenerateContentResponse | undefined
    for await (const chunk of await chat.sendMessageStream({ message })) {
      last = chunk
      if (chunk.text) onText?.()
    }
    return readAnswer(chat.getHistory(true).slice(before), last)
  },
  readFailure,
}
