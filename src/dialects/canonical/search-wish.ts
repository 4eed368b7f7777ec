import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { CanonicalRequest, NativeTool } from './request.ts'

/** A list of sites, and where the client wrote it. */
export interface SiteList {
  readonly sites: readonly JsonValue[]
  readonly path: string
}

/** A search of the web that the client asks its provider to make, whatever dialect it is written in. */
export interface SearchWish {
  readonly tool: NativeTool
  readonly allowed: SiteList
  readonly blocked: SiteList
  /** `{"type":"approximate","city":"Zürich"}`, and where it stands. */
  readonly location: { readonly value: JsonObject; readonly path: string } | undefined
  /** `low`, `medium` or `high`: how much of what is found the model reads. */
  readonly contextSize: { readonly value: string; readonly path: string } | undefined
  /** Only what was found before may be looked at. */
  readonly isOffline: boolean
  /** Settings that nobody else has. */
  readonly rest: JsonObject
  /** The choice that makes the model search; undefined where it is left to the model. */
  readonly forcedBy: string | undefined
}

const GOOGLES = /^google_?search/i

/** `web_search_20250305`, `web_search` and `googleSearch`, and their successors. */
export const isWebSearch = ({ type }: Pick<NativeTool, 'type'>): boolean => type.startsWith('web_search') || GOOGLES.test(type)

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])

const at = <T>(value: T | undefined, path: string): { readonly value: T; readonly path: string } | undefined => (value === undefined ? undefined : { value, path })

const objectOf = (value: JsonValue | undefined): JsonObject | undefined => (isJsonObject(value) ? value : undefined)

type Read = Omit<SearchWish, 'tool' | 'forcedBy'>

function readMessages({ value, path }: NativeTool): Read {
  const { type: _type, name: _name, allowed_domains: allowed, blocked_domains: blocked, user_location: location, ...rest } = objectOf(value) ?? {}
  return {
    allowed: { sites: listOf(allowed), path: `${path}/allowed_domains` },
    blocked: { sites: listOf(blocked), path: `${path}/blocked_domains` },
    location: at(objectOf(location), `${path}/user_location`),
    contextSize: undefined,
    isOffline: false,
    rest,
  }
}

function readResponses({ value, path }: NativeTool): Read {
  const { type: _type, filters, user_location: location, search_context_size: size, external_web_access: access, ...rest } = objectOf(value) ?? {}
  const { allowed_domains: allowed, ...unread } = objectOf(filters) ?? {}
  return {
    allowed: { sites: listOf(allowed), path: `${path}/filters/allowed_domains` },
    blocked: { sites: listOf(unread['blocked_domains']), path: `${path}/filters/blocked_domains` },
    location: at(objectOf(location), `${path}/user_location`),
    contextSize: at(typeof size === 'string' && size !== 'medium' ? size : undefined, `${path}/search_context_size`),
    isOffline: access === false,
    rest: Object.keys(unread).length > 0 ? { ...rest, filters: unread } : rest,
  }
}

/** `{"user_location":{"type":"approximate","approximate":{"city":"…"}}}` */
function readChat({ value, path }: NativeTool): Read {
  const { user_location: location, search_context_size: size, ...rest } = objectOf(value) ?? {}
  const approximate = objectOf(objectOf(location)?.['approximate'])
  const none: SiteList = { sites: [], path }
  return {
    allowed: none,
    blocked: none,
    location: at(approximate && { type: 'approximate', ...approximate }, `${path}/user_location`),
    contextSize: at(typeof size === 'string' && size !== 'medium' ? size : undefined, `${path}/search_context_size`),
    isOffline: false,
    rest,
  }
}

function readGoogle({ type, value, path }: NativeTool): Read {
  const { excludeDomains, exclude_domains: snake, ...rest } = objectOf(objectOf(value)?.[type]) ?? {}
  const key = excludeDomains === undefined ? 'exclude_domains' : 'excludeDomains'
  return { allowed: { sites: [], path }, blocked: { sites: listOf(excludeDomains ?? snake), path: `${path}/${key}` }, location: undefined, contextSize: undefined, isOffline: false, rest }
}

const READERS = { 'anthropic-messages': readMessages, 'openai-responses': readResponses, 'openai-chat': readChat, 'google-generate-content': readGoogle, 'ollama-chat': readMessages } as const

const CHOICE = '/tool_choice'

/** A choice that names the search, or any tool where there is nothing but the search. */
function forcedBy({ nativeTools, toolChoice, tools, paths }: CanonicalRequest): string | undefined {
  if (nativeTools.some((tool) => tool.path === CHOICE && isWebSearch(tool))) return CHOICE
  const isNamed = toolChoice?.kind === 'tool' && !tools.some(({ name }) => name === toolChoice.name)
  return isNamed || (toolChoice?.kind === 'any' && tools.length === 0) ? (paths?.toolChoice ?? CHOICE) : undefined
}

/** In Chat Completions the search is a member of the request. */
function findTool({ dialect, nativeTools, extras }: CanonicalRequest): NativeTool | undefined {
  const { web_search_options: options } = extras
  if (dialect === 'openai-chat' && isJsonObject(options)) return { type: 'web_search_options', value: options, path: '/web_search_options', isExpendable: true }
  return nativeTools.find((tool) => isWebSearch(tool) && tool.isWithheld !== true && tool.path !== CHOICE)
}

export function findSearch(request: CanonicalRequest): SearchWish | undefined {
  const tool = findTool(request)
  return tool ? { tool, ...READERS[request.dialect](tool), forcedBy: forcedBy(request) } : undefined
}

/** The request without the search, and without the choice that makes the model search. */
export function withoutSearch(request: CanonicalRequest, { tool, forcedBy: choice }: SearchWish): CanonicalRequest {
  const { web_search_options: _options, ...extras } = request.extras
  return {
    ...request,
    extras: request.dialect === 'openai-chat' ? extras : request.extras,
    nativeTools: request.nativeTools.filter((other) => other !== tool && !(other.path === CHOICE && isWebSearch(other))),
    toolChoice: choice === undefined ? request.toolChoice : undefined,
  }
}
