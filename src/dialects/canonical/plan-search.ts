import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import type { CanonicalRequest } from './request.ts'
import { findSearch, withoutSearch, type SearchWish } from './search-wish.ts'
import { unplanned, type ToolPlan } from './tool-plan.ts'

/** A provider's own search, and what it can be told. */
interface Equivalent {
  readonly name: string
  readonly takes: { readonly allowed?: true; readonly blocked?: true; readonly location?: true; readonly size?: true }
  write(wish: SearchWish): { readonly tool?: JsonObject; readonly members?: JsonObject }
  /** The choice that makes the model search; undefined where it cannot be made to. */
  force?(wish: SearchWish): JsonObject
}

const located = ({ location }: SearchWish): JsonObject => (location ? { user_location: location.value } : {})
const sized = ({ contextSize }: SearchWish): JsonObject => (contextSize ? { search_context_size: contextSize.value } : {})

/** @see https://platform.openai.com/docs/guides/tools-web-search */
const RESPONSES: Equivalent = {
  name: 'web_search',
  takes: { allowed: true, location: true, size: true },
  write: (wish) => ({ tool: { type: 'web_search', ...located(wish), ...(wish.allowed.sites.length > 0 ? { filters: { allowed_domains: [...wish.allowed.sites] } } : {}), ...sized(wish) } }),
  force: () => ({ tool_choice: { type: 'web_search' } }),
}

/** @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool */
const MESSAGES: Equivalent = {
  name: 'web_search_20250305',
  takes: { allowed: true, blocked: true, location: true },
  write(wish) {
    const [allowed, blocked] = [wish.allowed.sites, wish.blocked.sites]
    const sites = { ...(allowed.length > 0 ? { allowed_domains: [...allowed] } : {}), ...(blocked.length > 0 ? { blocked_domains: [...blocked] } : {}) }
    return { tool: { type: 'web_search_20250305', name: 'web_search', ...sites, ...located(wish) } }
  },
  force: () => ({ tool_choice: { type: 'tool', name: 'web_search' } }),
}

const OPTIONS: Equivalent = {
  name: 'web_search_options',
  takes: { location: true, size: true },
  write(wish) {
    const { type: _type, ...approximate } = wish.location?.value ?? {}
    return { members: { web_search_options: { ...(wish.location ? { user_location: { type: 'approximate', approximate } } : {}), ...sized(wish) } } }
  },
}

/** @see https://openrouter.ai/docs/guides/features/server-tools/web-search */
const OPENROUTER: Equivalent = {
  name: 'openrouter:web_search',
  takes: { allowed: true, location: true },
  write(wish) {
    const parameters = { ...located(wish), ...(wish.allowed.sites.length > 0 ? { allowed_domains: [...wish.allowed.sites] } : {}) }
    return { tool: { type: 'openrouter:web_search', ...(Object.keys(parameters).length > 0 ? { parameters } : {}) } }
  },
}

const GOOGLE: Equivalent = { name: 'googleSearch', takes: {}, write: () => ({ tool: { googleSearch: {} } }) }

function equivalentFor(to: Dialect, { webSearch, hasServerTools }: DialectQuirks): Equivalent | undefined {
  if (to === 'openai-responses') return RESPONSES
  if (to === 'google-generate-content') return GOOGLE
  if (to === 'anthropic-messages') return hasServerTools === true ? MESSAGES : undefined
  if (to !== 'openai-chat' || webSearch === undefined) return undefined
  return webSearch === 'web_search_options' ? OPTIONS : OPENROUTER
}

/** Why this provider's search would not be the one that was asked for, and where that was said. */
function findObstacle(wish: SearchWish, request: CanonicalRequest, { takes, name }: Equivalent): { readonly path: string; readonly reason: string } | undefined {
  const { allowed, blocked, isOffline, tool } = wish
  if (isOffline) return { path: tool.path, reason: 'the provider’s search would go to the live web' }
  if (allowed.sites.length > 0 && takes.allowed !== true) return { path: allowed.path, reason: 'the provider’s search cannot be kept to some sites' }
  if (blocked.sites.length > 0 && takes.blocked !== true) return { path: blocked.path, reason: 'the provider’s search cannot leave sites out' }
  if (name === GOOGLE.name && request.tools.length > 0) return { path: tool.path, reason: 'the provider does not search beside functions' }
  if (name === MESSAGES.name && request.tools.some((one) => one.name === 'web_search')) return { path: tool.path, reason: 'a function of the client has the name of the provider’s search' }
  return undefined
}

function nameSettings({ tool, rest, location, contextSize }: SearchWish, { takes }: Equivalent): readonly Loss[] {
  const unknown = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined).map(([key]) => `${tool.path}/${key}`)
  const paths = [...unknown, ...(location && takes.location !== true ? [location.path] : []), ...(contextSize && takes.size !== true ? [contextSize.path] : [])]
  return paths.map((path) => ({ path, kind: 'dropped', reason: 'the provider’s search has no such setting' }))
}

/** Whoever forces a search, or keeps it to some sites, relies on it; a search that is only offered can be left out. */
function leaveOut(wish: SearchWish, request: CanonicalRequest, path: string, reason: string): ToolPlan {
  if (wish.tool.isExpendable !== true) refuseField(path, reason)
  if (wish.forcedBy !== undefined) refuseField(wish.forcedBy, reason)
  return { ...unplanned(withoutSearch(request, wish)), losses: [{ path: wish.tool.path, kind: 'dropped', reason }] }
}

function choose(wish: SearchWish, request: CanonicalRequest, { force }: Equivalent, to: Dialect): { readonly members: JsonObject; readonly losses: readonly Loss[] } {
  const { forcedBy } = wish
  if (forcedBy === undefined) return { members: {}, losses: [] }
  const thinks = request.reasoning !== undefined && request.reasoning.isOff !== true
  const isAny = request.toolChoice?.kind === 'any' && to === 'openai-responses'
  if (force && !(to === 'anthropic-messages' && thinks)) return { members: isAny ? { tool_choice: 'required' } : force(wish), losses: [] }
  return { members: {}, losses: [{ path: forcedBy, kind: 'approximated', reason: 'whether it searches is left to the model' }] }
}

/** Gives a search of the web to the provider as its own. Throws `invalid_request` for one that it could not make as it was asked for. */
export function planSearch(request: CanonicalRequest, to: Dialect, quirks: DialectQuirks): ToolPlan {
  const wish = findSearch(request)
  if (!wish) return unplanned(request)
  const equivalent = equivalentFor(to, quirks)
  if (!equivalent) return leaveOut(wish, request, wish.tool.path, `the provider is not known to search the web itself, which \`${wish.tool.type}\` asks for`)
  const obstacle = findObstacle(wish, request, equivalent)
  if (obstacle) return leaveOut(wish, request, obstacle.path, obstacle.reason)
  const { tool, members = {} } = equivalent.write(wish)
  const chosen = choose(wish, request, equivalent, to)
  const said: Loss = { path: wish.tool.path, kind: 'approximated', reason: `done by the provider’s \`${equivalent.name}\`` }
  return {
    request: withoutSearch(request, wish),
    tools: tool ? [tool] : [],
    members: { ...members, ...chosen.members },
    headers: {},
    losses: [...nameSettings(wish, equivalent), said, ...chosen.losses],
  }
}
