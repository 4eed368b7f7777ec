import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { fitId } from './fit-id.ts'
import type { CanonicalRequest, NativeTool } from './request.ts'
import { unplanned, type ToolPlan } from './tool-plan.ts'

const MAX_LABEL = 64

/** The newest form, in which a toolset says which tools may be called. @see https://platform.claude.com/docs/en/agents-and-tools/mcp-connector */
const BETA = 'mcp-client-2025-11-20'

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})
const isSaid = (value: JsonValue | undefined): boolean => value !== undefined && value !== null
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

function loseRest(rest: JsonObject, path: string): readonly Loss[] {
  return Object.entries(rest).flatMap(([key, value]): readonly Loss[] => (isSaid(value) ? [{ path: `${path}/${key}`, kind: 'dropped', reason: 'the provider’s client of MCP servers has no such setting' }] : []))
}

/** Which tools of a server may be called; undefined for all. `isOff` where none may. */
interface Permission {
  readonly allowed?: readonly string[]
  readonly isOff?: true
  readonly losses: readonly Loss[]
}

/** `{"enabled":true,"allowed_tools":["a"]}`, the earlier form. */
function readConfiguration(value: JsonObject, path: string): Permission {
  const { enabled, allowed_tools: allowed, ...rest } = value
  const losses = loseRest(rest, path)
  if (enabled === false) return { isOff: true, losses }
  return Array.isArray(allowed) ? { allowed: allowed.filter((name: JsonValue) => typeof name === 'string'), losses } : { losses }
}

/** `{"default_config":{"enabled":false},"configs":{"a":{"enabled":true}}}`. What is switched off one by one cannot be said by names. */
function readToolset({ value, path }: NativeTool): Permission {
  const { type: _type, mcp_server_name: _name, default_config: fallback, configs, ...rest } = objectOf(value)
  const { enabled: byDefault, ...unread } = objectOf(fallback)
  const tools = Object.entries(objectOf(configs)).map(([name, config]) => ({ name, ...objectOf(config), at: `${path}/configs/${name}` }))
  const inner = tools.flatMap(({ name, at, ...config }) => {
    const { enabled: _enabled, ...others } = config as JsonObject
    return isJsonObject(objectOf(configs)[name]) ? loseRest(others, at) : loseRest({ [name]: true }, `${path}/configs`)
  })
  const losses = [...loseRest(rest, path), ...loseRest(unread, `${path}/default_config`), ...inner]
  const isOn = (tool: JsonObject): boolean => (tool['enabled'] ?? byDefault ?? true) !== false
  const off = tools.find((tool) => !isOn(tool as JsonObject))
  if (byDefault !== false) return off ? refuseField(`${off.at}/enabled`, 'the provider can be told which tools of a server it may call, and not which it may not') : { losses }
  const allowed = tools.filter((tool) => isOn(tool as JsonObject)).map(({ name }) => name)
  return allowed.length > 0 ? { allowed, losses } : { isOff: true, losses }
}

function readServer(value: JsonValue, path: string, toolset: NativeTool | undefined): { readonly tool?: JsonObject; readonly losses: readonly Loss[] } {
  const { type: _type, name, url, authorization_token: token, tool_configuration: configuration, ...rest } = objectOf(value)
  const given = toolset ? readToolset(toolset) : readConfiguration(objectOf(configuration), `${path}/tool_configuration`)
  const label = fitId(textOf(name), MAX_LABEL)
  const renamed: readonly Loss[] = label === name ? [] : [{ path: `${path}/name`, kind: 'approximated', reason: `known to the provider as \`${label}\`` }]
  const losses = [...loseRest(rest, path), ...given.losses, ...renamed]
  if (given.isOff === true) return { losses: [...losses, { path, kind: 'dropped', reason: 'none of its tools may be called' }] }
  // Anthropic asks nobody before a call, and OpenAI does unless it is told otherwise.
  const tool = { type: 'mcp', server_label: label, server_url: textOf(url), ...(isSaid(token) ? { authorization: token } : {}), ...(given.allowed ? { allowed_tools: [...given.allowed] } : {}), require_approval: 'never' }
  return { tool, losses }
}

function planForResponses(request: CanonicalRequest): ToolPlan {
  const { mcp_servers: servers, ...extras } = request.extras
  const toolsets = request.nativeTools.filter(({ type }) => type === 'mcp_toolset')
  const read = listOf(servers).map((server, index) => {
    const toolset = toolsets.find(({ value }) => objectOf(value)['mcp_server_name'] === objectOf(server)['name'])
    return readServer(server, `/mcp_servers/${index}`, toolset)
  })
  return {
    ...unplanned({ ...request, extras, nativeTools: request.nativeTools.filter((tool) => !toolsets.includes(tool)) }),
    tools: read.flatMap(({ tool }) => (tool ? [tool] : [])),
    losses: read.flatMap(({ losses }) => losses),
  }
}

/** Anthropic calls without asking; whoever wants to be asked first relies on it. */
function checkApproval(tool: JsonObject, path: string): void {
  if (isSaid(tool['connector_id'])) refuseField(`${path}/connector_id`, 'the connector belongs to OpenAI')
  if (isSaid(tool['headers'])) refuseField(`${path}/headers`, 'the provider sends a server nothing but a token')
  if (textOf(tool['server_url']) === '') refuseField(`${path}/server_url`, 'without an address the server cannot be reached')
  if (tool['require_approval'] !== 'never') refuseField(`${path}/require_approval`, 'the provider calls the tools of a server without asking first; say `never` to allow that')
  if (isJsonObject(tool['allowed_tools']) && isSaid(tool['allowed_tools']['read_only'])) refuseField(`${path}/allowed_tools/read_only`, 'the provider can only be told the names of tools')
}

function planForMessages(request: CanonicalRequest, servers: readonly NativeTool[]): ToolPlan {
  const planned = servers.map(({ value, path }) => {
    const tool = objectOf(value)
    checkApproval(tool, path)
    const { type: _type, server_label: label, server_url: url, authorization: token, allowed_tools: allowed, require_approval: _approval, connector_id: _connector, headers: _headers, ...rest } = tool
    const names = Array.isArray(allowed) ? allowed : isJsonObject(allowed) ? listOf(allowed['tool_names']) : undefined
    const only = names ? { default_config: { enabled: false }, configs: Object.fromEntries(names.map((name) => [textOf(name), { enabled: true }])) } : {}
    return {
      server: { type: 'url', name: textOf(label), url: textOf(url), ...(isSaid(token) ? { authorization_token: token } : {}) },
      toolset: { type: 'mcp_toolset', mcp_server_name: textOf(label), ...only },
      losses: loseRest(rest, path),
    }
  })
  return {
    request: { ...request, nativeTools: request.nativeTools.filter((tool) => !servers.includes(tool)) },
    tools: planned.map(({ toolset }) => toolset),
    members: { mcp_servers: planned.map(({ server }) => server) },
    headers: { 'anthropic-beta': BETA },
    losses: planned.flatMap(({ losses }) => losses),
  }
}

/** Gives the MCP servers that a client wants its provider to call to the one other dialect that has them. Throws `invalid_request`. */
export function planMcp(request: CanonicalRequest, to: Dialect, { hasServerTools }: DialectQuirks): ToolPlan {
  if (to === 'openai-responses' && listOf(request.extras['mcp_servers']).length > 0) return planForResponses(request)
  const servers = request.nativeTools.filter(({ type, isWithheld }) => type === 'mcp' && isWithheld !== true)
  return to === 'anthropic-messages' && hasServerTools === true && request.dialect === 'openai-responses' && servers.length > 0 ? planForMessages(request, servers) : unplanned(request)
}
