import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { Script } from './script.ts'

/** What the simulated model says, before it is written in a dialect. */
export interface Reply {
  readonly id: string
  readonly model: string
  readonly reasoning: string | undefined
  /** Pieces of text, one event each; empty when a tool is called. */
  readonly pieces: readonly string[]
  readonly tools: readonly { readonly id: number; readonly name: string; readonly argumentsText: string }[]
  readonly finish: string | undefined
  readonly usage: { readonly input: number; readonly output: number; readonly cached: number }
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: JsonValue) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

function lastUserText(request: JsonObject): string {
  const { messages } = request
  if (!Array.isArray(messages)) return ''
  const spoken = messages.filter((message: JsonValue) => isJsonObject(message) && message['role'] === 'user').at(-1) as JsonValue | undefined
  return isJsonObject(spoken) ? textOf(spoken['content']) : ''
}

function cutText(text: string, chunks: number | undefined): readonly string[] {
  if (chunks === undefined) return text.match(/\s*\S+|\s+$/g) ?? []
  const letters = Array.from(text)
  const size = Math.max(1, Math.ceil(letters.length / chunks))
  return Array.from({ length: chunks }, (_, index) => letters.slice(index * size, (index + 1) * size).join('') || '.')
}

export function planReply(id: string, model: string, request: JsonObject, script: Script): Reply {
  const text = script.text ?? `You said: ${lastUserText(request).slice(0, 2_000)}`
  const called = script.tools ?? (script.tool === undefined ? [] : [{ name: script.tool, arguments: script.toolArguments ?? '{}' }])
  const tools = called.map(({ name, arguments: argumentsText }, index) => ({ id: index, name, argumentsText }))
  const pieces = tools.length > 0 ? [] : cutText(text, script.chunks)
  return {
    id,
    model,
    reasoning: script.reasoning,
    pieces,
    tools,
    finish: script.finish,
    usage: { input: script.inputTokens ?? 11, output: script.outputTokens ?? Math.max(pieces.length, 1), cached: script.cachedTokens ?? 0 },
  }
}
