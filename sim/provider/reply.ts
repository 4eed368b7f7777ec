import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { Script, ScriptedTool } from './script.ts'

/** What the simulated model says, before it is written in a dialect. */
export interface Reply {
  readonly id: string
  readonly model: string
  readonly reasoning: string | undefined
  /** Seals the reasoning, or what comes first where nothing was reasoned. */
  readonly seal: string | undefined
  readonly refusal: string | undefined
  /** Pieces of text, one event each; empty when a tool is called. */
  readonly pieces: readonly string[]
  readonly tools: readonly RepliedTool[]
  readonly finish: string | undefined
  readonly usage: { readonly input: number; readonly output: number; readonly reasoning: number; readonly cached: number }
}

export interface RepliedTool {
  readonly id: number
  /** What the id of the call is made from. */
  readonly call: number
  readonly name: string
  readonly argumentsText: string
  readonly isCustom: boolean
  readonly namespace: string | undefined
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: JsonValue) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

/** The last thing the user said: `messages` in Chat, Messages and Ollama, `input` in Responses, `contents` in Gemini. */
function lastUserText(request: JsonObject): string {
  const said = request['messages'] ?? request['input'] ?? request['contents']
  if (typeof said === 'string') return said
  if (!Array.isArray(said)) return ''
  const spoken = said.filter((message: JsonValue) => isJsonObject(message) && message['role'] === 'user').at(-1) as JsonValue | undefined
  return isJsonObject(spoken) ? textOf(spoken['content'] ?? spoken['parts']) : ''
}

function cutText(text: string, chunks: number | undefined): readonly string[] {
  if (chunks === undefined) return text.match(/\s*\S+|\s+$/g) ?? []
  const letters = Array.from(text)
  const size = Math.max(1, Math.ceil(letters.length / chunks))
  return Array.from({ length: chunks }, (_, index) => letters.slice(index * size, (index + 1) * size).join('') || '.')
}

const scriptedTools = (script: Script): readonly ScriptedTool[] =>
  script.tools ?? (script.tool === undefined ? [] : [{ name: script.tool, arguments: script.toolArguments ?? '{}' }])

export function planReply(id: string, model: string, request: JsonObject, script: Script): Reply {
  const { refusal, reasoning } = script
  const text = script.text ?? `You said: ${lastUserText(request).slice(0, 2_000)}`
  const tools = (refusal === undefined ? scriptedTools(script) : []).map(({ name, arguments: argumentsText, custom, namespace }, index) => ({
    id: index,
    call: index + (script.firstCall ?? 0),
    name,
    argumentsText,
    isCustom: custom === true,
    namespace,
  }))
  const pieces = tools.length > 0 || refusal !== undefined ? [] : cutText(text, script.chunks)
  return {
    id,
    model,
    reasoning,
    seal: script.seal ?? (reasoning === undefined ? undefined : 'sim-seal'),
    refusal,
    pieces,
    tools,
    finish: script.finish,
    usage: {
      input: script.inputTokens ?? 11,
      output: script.outputTokens ?? Math.max(pieces.length, 1),
      reasoning: script.reasoningTokens ?? 0,
      cached: script.cachedTokens ?? 0,
    },
  }
}
