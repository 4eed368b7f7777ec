import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { Loss } from '../loss.ts'
import { findClientTool } from './client-tools.ts'
import { planMcp } from './plan-mcp.ts'
import { planSearch } from './plan-search.ts'
import type { CanonicalRequest, NativeTool, ToolDefinition } from './request.ts'
import { extendPlan, unplanned, type ToolPlan } from './tool-plan.ts'

function asFunction(tool: NativeTool, losses: Loss[]): ToolDefinition | undefined {
  const found = findClientTool(tool)
  if (!found) return undefined
  const { name, description, inputSchema, extras } = found
  losses.push({ path: tool.path, kind: 'approximated', reason: 'offered as a function with its published schema' })
  const { defer_loading: isDeferred, ...rest } = extras
  return { name, description, inputSchema, path: tool.path, ...(isDeferred === true ? { isDeferred } : {}), ...(Object.keys(rest).length > 0 ? { extras: rest } : {}) }
}

/** Tools that the client runs itself, known to Anthropic's models by their type, are functions to any other. */
function planClientTools(request: CanonicalRequest): ToolPlan {
  if (request.dialect !== 'anthropic-messages') return unplanned(request)
  const losses: Loss[] = []
  const functions = request.nativeTools.flatMap((tool) => asFunction(tool, losses) ?? [])
  const others = request.nativeTools.filter((tool) => !findClientTool(tool))
  return { ...unplanned({ ...request, tools: [...request.tools, ...functions], nativeTools: others }), losses }
}

/** `tool_search_tool_regex_20251119` of Anthropic's, and `tool_search` of OpenAI's where the provider makes the search. */
function isToolSearch({ type, value }: NativeTool): boolean {
  const isClients = typeof value === 'object' && value !== null && 'execution' in value && value['execution'] === 'client'
  return type.startsWith('tool_search_tool_') || (type === 'tool_search' && !isClients)
}

/** Where nobody can search for tools, those that wait to be found are offered from the start. */
function planToolSearch(request: CanonicalRequest): ToolPlan {
  const searches = request.nativeTools.filter(isToolSearch)
  if (searches.length === 0) return unplanned(request)
  const tools = request.tools.map(({ isDeferred: _isDeferred, ...tool }) => tool)
  const nativeTools = request.nativeTools.filter((tool) => !searches.includes(tool))
  return {
    ...unplanned({ ...request, tools, nativeTools }),
    losses: searches.map(({ path }) => ({ path, kind: 'approximated', reason: 'the provider is not told to search for tools; all of them are offered from the start' })),
  }
}

/**
 * Puts tools that belong to the client's own provider in the words of another: those that the client runs as functions, a search of
 * the web and MCP servers as the provider's own. What has no equivalent stays, for the encoder to name. Throws `invalid_request` for
 * what could not be done as it was asked for.
 */
export function planTools(request: CanonicalRequest, to: Dialect, quirks: DialectQuirks): ToolPlan {
  if (request.dialect === to) return unplanned(request)
  const steps: readonly ((current: CanonicalRequest) => ToolPlan)[] = [planClientTools, planToolSearch, (current) => planSearch(current, to, quirks), (current) => planMcp(current, to, quirks)]
  return steps.reduce((plan, step) => extendPlan(plan, step(plan.request)), unplanned(request))
}
