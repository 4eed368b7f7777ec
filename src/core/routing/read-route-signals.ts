import { sliceBytes, type MemberSpan, type ScannedBody } from '../../dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { estimateTokens } from './estimate-tokens.ts'
import type { RouteSignals } from './route-signals.ts'

export interface SignalsQuestion {
  /** The name that the client asked for. */
  readonly model: string
  readonly body: ScannedBody
  /** Lower-case names, as the client’s dialect carries them. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
}

/** Longer settings than these are no settings; of longer lists of tools nothing is read. */
const MAX_READ_BYTES = 1024 * 1024

const SUB_AGENT_HEADERS = ['x-claude-code-agent-id', 'x-claude-code-parent-agent-id', 'x-openai-subagent'] as const

/** How users of claude-code-router mark the prompts of their sub-agents. */
const SUB_AGENT_TAG = '<CCR-SUBAGENT-MODEL>'

const PROMPT_MEMBERS: ReadonlySet<string> = new Set(['system', 'instructions', 'systemInstruction', 'system_instruction'])

const HIGH_EFFORT: ReadonlySet<unknown> = new Set(['high', 'xhigh', 'max', 'HIGH'])

function bytesOf({ pieces }: ScannedBody, { valueStart, valueEnd }: MemberSpan): Buffer {
  return sliceBytes(pieces, valueStart, Math.min(valueEnd, valueStart + MAX_READ_BYTES))
}

/** A top-level member as a value; undefined for what is missing, too long, or not JSON: then the provider will say so. */
function readMember(body: ScannedBody, key: string): JsonValue | undefined {
  const member = body.scan.members.find((each) => each.key === key)
  if (!member || member.valueEnd - member.valueStart > MAX_READ_BYTES) return undefined
  try {
    return JSON.parse(bytesOf(body, member).toString('utf8')) as JsonValue
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function readObject(body: ScannedBody, key: string): JsonObject {
  const value = readMember(body, key)
  return isJsonObject(value) ? value : {}
}

/**
 * Claude Code allows thinking (`adaptive`) in each of its requests, so only a budget or a high effort is a wish for it.
 * Where the members lie: Anthropic `thinking`, `output_config` · Chat `reasoning_effort` · Responses `reasoning` · Gemini
 * `generationConfig`.
 */
function asksForThinking(body: ScannedBody): boolean {
  if (readObject(body, 'thinking')['type'] === 'enabled') return true
  const gemini = readObject(body, 'generationConfig')['thinkingConfig']
  const config = isJsonObject(gemini) ? gemini : {}
  if (typeof config['thinkingBudget'] === 'number' && config['thinkingBudget'] > 0) return true
  const efforts = [readObject(body, 'output_config')['effort'], readMember(body, 'reasoning_effort'), readObject(body, 'reasoning')['effort'], config['thinkingLevel']]
  return efforts.some((effort) => HIGH_EFFORT.has(effort))
}

function isWebSearch(tool: JsonValue): boolean {
  if (!isJsonObject(tool)) return false
  const type = tool['type']
  if (typeof type === 'string' && type.startsWith('web_search')) return true
  return tool['googleSearch'] !== undefined || tool['google_search'] !== undefined
}

function hasWebSearchTool(body: ScannedBody): boolean {
  if (body.scan.members.some(({ key }) => key === 'web_search_options')) return true
  const tools = readMember(body, 'tools')
  return Array.isArray(tools) && (tools as readonly JsonValue[]).some(isWebSearch)
}

function isSubAgent({ body, headers }: SignalsQuestion): boolean {
  if (SUB_AGENT_HEADERS.some((name) => headers[name] !== undefined)) return true
  return body.scan.members.some((member) => PROMPT_MEMBERS.has(member.key) && bytesOf(body, member).includes(SUB_AGENT_TAG))
}

/** Reads what a route with roles asks for. It reads the whole body once: call it only for such a route. */
export function readRouteSignals(question: SignalsQuestion): RouteSignals {
  const { model, body } = question
  return {
    model,
    estimatedInputTokens: estimateTokens(body.pieces),
    asksForThinking: asksForThinking(body),
    hasWebSearchTool: hasWebSearchTool(body),
    isSubAgent: isSubAgent(question),
    isBackground: /haiku/i.test(model),
  }
}
