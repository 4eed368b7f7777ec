import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { findClientTool } from './client-tools.ts'
import type { CanonicalRequest, NativeTool, ToolDefinition } from './request.ts'

/** A request whose tools of one provider were written so that another can have them. */
export interface ToolPlan {
  readonly request: CanonicalRequest
  /** Tools in the provider's own dialect, beside those that its encoder writes. */
  readonly tools: readonly JsonObject[]
  /** Members of the body in the provider's own dialect. */
  readonly members: JsonObject
  readonly losses: readonly Loss[]
}

/** A search of the web that a provider makes itself: `web_search_20250305` and its successors. */
export const isWebSearch = ({ type }: NativeTool): boolean => /^web_search_\d/.test(type)

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])

interface SearchWish {
  readonly path: string
  readonly domains: readonly JsonValue[]
  readonly location: JsonObject | undefined
}

/** The lists of sites are obeyed or the request is refused: whoever writes them relies on them. */
function readSearch({ value, path }: NativeTool, takesDomains: boolean, losses: Loss[]): SearchWish {
  const { type: _type, name: _name, allowed_domains: allowed, blocked_domains: blocked, user_location: location, ...rest } = isJsonObject(value) ? value : {}
  if (listOf(blocked).length > 0) refuseField(`${path}/blocked_domains`, 'its search cannot leave sites out')
  if (listOf(allowed).length > 0 && !takesDomains) refuseField(`${path}/allowed_domains`, 'its search cannot be kept to some sites')
  for (const [key, inner] of Object.entries(rest)) if (inner !== null && inner !== undefined) losses.push({ path: `${path}/${key}`, kind: 'dropped', reason: 'the provider’s search has no such setting' })
  return { path, domains: listOf(allowed), location: isJsonObject(location) ? location : undefined }
}

interface Equivalent {
  readonly takesDomains: boolean
  readonly name: string
  write(wish: SearchWish): { readonly tool?: JsonObject; readonly members?: JsonObject }
}

const located = ({ location }: SearchWish): JsonObject => (location ? { user_location: location } : {})

/** @see https://platform.openai.com/docs/guides/tools-web-search */
const RESPONSES: Equivalent = {
  takesDomains: true,
  name: 'web_search',
  write: (wish) => ({ tool: { type: 'web_search', ...located(wish), ...(wish.domains.length > 0 ? { filters: { allowed_domains: [...wish.domains] } } : {}) } }),
}

const OPTIONS: Equivalent = {
  takesDomains: false,
  name: 'web_search_options',
  write({ location }) {
    const { type: _type, ...approximate } = location ?? {}
    return { members: { web_search_options: location ? { user_location: { type: 'approximate', approximate } } : {} } }
  },
}

/** @see https://openrouter.ai/docs/guides/features/server-tools/web-search */
const OPENROUTER: Equivalent = {
  takesDomains: true,
  name: 'openrouter:web_search',
  write(wish) {
    const parameters = { ...located(wish), ...(wish.domains.length > 0 ? { allowed_domains: [...wish.domains] } : {}) }
    return { tool: { type: 'openrouter:web_search', ...(Object.keys(parameters).length > 0 ? { parameters } : {}) } }
  },
}

function equivalentFor(to: Dialect, { webSearch }: DialectQuirks): Equivalent | undefined {
  if (to === 'openai-responses') return RESPONSES
  if (to !== 'openai-chat' || webSearch === undefined) return undefined
  return webSearch === 'web_search_options' ? OPTIONS : OPENROUTER
}

function asFunction(tool: NativeTool, losses: Loss[]): ToolDefinition | undefined {
  const found = findClientTool(tool)
  if (!found) return undefined
  const { name, description, inputSchema, extras } = found
  losses.push({ path: tool.path, kind: 'approximated', reason: 'offered as a function with its published schema' })
  const { defer_loading: isDeferred, ...rest } = extras
  return { name, description, inputSchema, path: tool.path, ...(isDeferred === true ? { isDeferred } : {}), ...(Object.keys(rest).length > 0 ? { extras: rest } : {}) }
}

/** A choice that names the search is one between functions no more. */
function chooseSearch(request: CanonicalRequest, to: Dialect, losses: Loss[]): { readonly toolChoice: CanonicalRequest['toolChoice']; readonly members: JsonObject } {
  const { toolChoice, tools } = request
  const isNamed = toolChoice?.kind === 'tool' && !tools.some(({ name }) => name === toolChoice.name)
  if (!isNamed && !(toolChoice?.kind === 'any' && tools.length === 0)) return { toolChoice, members: {} }
  if (to === 'openai-responses') return { toolChoice: undefined, members: { tool_choice: isNamed ? { type: 'web_search' } : 'required' } }
  losses.push({ path: '/tool_choice', kind: 'approximated', reason: 'whether it searches is left to the model' })
  return { toolChoice: undefined, members: {} }
}

function planSearch(tool: NativeTool, request: CanonicalRequest, to: Dialect, equivalent: Equivalent, losses: Loss[]): Pick<ToolPlan, 'request' | 'tools' | 'members'> {
  const wish = readSearch(tool, equivalent.takesDomains, losses)
  losses.push({ path: tool.path, kind: 'approximated', reason: `done by the provider’s \`${equivalent.name}\`` })
  const written = equivalent.write(wish)
  const chosen = chooseSearch(request, to, losses)
  return {
    request: { ...request, toolChoice: chosen.toolChoice, nativeTools: request.nativeTools.filter((other) => other !== tool) },
    tools: written.tool ? [written.tool] : [],
    members: { ...written.members, ...chosen.members },
  }
}

/**
 * Gives tools of Anthropic's to other dialects: those that the client runs as functions, a search of the web as the provider's own.
 * What has no equivalent stays, and is refused by name by the encoder. Throws `invalid_request` for a search that could not be kept
 * to its sites.
 */
export function planTools(request: CanonicalRequest, to: Dialect, quirks: DialectQuirks): ToolPlan {
  const isForeign = request.dialect === 'anthropic-messages' && to !== 'anthropic-messages'
  if (!isForeign || request.nativeTools.length === 0) return { request, tools: [], members: {}, losses: [] }
  const losses: Loss[] = []
  const functions = request.nativeTools.flatMap((tool) => asFunction(tool, losses) ?? [])
  const others = request.nativeTools.filter((tool) => !findClientTool(tool))
  const offered: CanonicalRequest = { ...request, tools: [...request.tools, ...functions], nativeTools: others }
  const search = others.find(isWebSearch)
  const equivalent = equivalentFor(to, quirks)
  if (search && equivalent) return { ...planSearch(search, offered, to, equivalent, losses), losses }
  // Gemini's encoder has a search of its own, which takes no settings.
  if (search && to === 'google-generate-content') return { request: { ...offered, toolChoice: chooseSearch(offered, to, losses).toolChoice }, tools: [], members: {}, losses: [...losses, ...gemini(search)] }
  return { request: offered, tools: [], members: {}, losses }
}

function gemini(search: NativeTool): readonly Loss[] {
  const losses: Loss[] = []
  const { location } = readSearch(search, false, losses)
  return location ? [...losses, { path: `${search.path}/user_location`, kind: 'dropped', reason: 'the provider’s search has no such setting' }] : losses
}

/** The encoded body with what the plan adds. */
export function addPlannedTools(body: JsonObject, { tools, members }: ToolPlan): JsonObject {
  if (tools.length === 0 && Object.keys(members).length === 0) return body
  return { ...body, ...(tools.length > 0 ? { tools: [...listOf(body['tools']), ...tools] } : {}), ...members }
}
