import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { selectServers, type CatalogFilter, type CatalogSnapshot, type CatalogView } from '../catalog/index.ts'

/** Modes that show tools of the gateway's own in the place of the servers'. */
export type MetaMode = Exclude<DisclosureMode, 'full'>

export const META_TOOLS = { list: 'tool_list', search: 'tool_search', schema: 'tool_schema', invoke: 'tool_invoke', codeSearch: 'code_search', codeRun: 'code_run' } as const

export type MetaToolName = (typeof META_TOOLS)[keyof typeof META_TOOLS]

/** Tools that core/code-mode answers. */
export type CodeToolName = 'code_search' | 'code_run'

const OF_MODE: Readonly<Record<MetaMode, readonly MetaToolName[]>> = {
  lazy: [META_TOOLS.list, META_TOOLS.schema, META_TOOLS.invoke],
  search: [META_TOOLS.search, META_TOOLS.schema, META_TOOLS.invoke],
  code: [META_TOOLS.codeSearch, META_TOOLS.codeRun],
}

/** The tool of the gateway's own that a name means in a mode. */
export function findMetaTool(mode: DisclosureMode, name: string): MetaToolName | undefined {
  return mode === 'full' ? undefined : OF_MODE[mode].find((known) => known === name)
}

const MOST_NAMES = 60
const READS = { readOnlyHint: true, openWorldHint: false }

/** Names alone, without counts: what a server changes among its own tools does not change the list. */
function inventory(servers: readonly string[]): string {
  if (servers.length === 0) return ''
  const more = servers.length > MOST_NAMES ? ` and ${servers.length - MOST_NAMES} more` : ''
  return ` Servers: ${servers.slice(0, MOST_NAMES).join(', ')}${more}.`
}

/** The servers that the tools of the gateway's own speak of; none where a client asked for one server alone. */
export function namedServers(snapshot: CatalogSnapshot, filter: CatalogFilter): readonly string[] {
  if (filter.naming === 'original') return []
  const selected = new Set<string>(selectServers(snapshot, filter).map(({ server }) => server))
  return snapshot.servers.filter(({ server, lists }) => selected.has(server) && lists.tool.capabilities.length > 0).map(({ server }) => server)
}

function namedInView({ single, servers }: CatalogView): readonly string[] {
  return single === undefined ? servers.filter(({ lists }) => lists.tool.capabilities.length > 0).map(({ server }) => server) : []
}

const text = (description: string): JsonObject => ({ type: 'string', description })

function codeDefinitions(servers: string): Readonly<Record<CodeToolName, JsonObject>> {
  return {
    code_search: {
      name: META_TOOLS.codeSearch,
      description: `Find tools for a task and get them declared in TypeScript, for scripts of ${META_TOOLS.codeRun}. Say in English and in a few words what is to be done and with what, or name a tool: \`server.tool\`.${servers}`,
      inputSchema: {
        type: 'object',
        properties: { query: text('What is to be done.'), limit: { type: 'integer', minimum: 1, maximum: 50, default: 5 } },
        required: ['query'],
        additionalProperties: false,
      },
      annotations: READS,
    },
    code_run: {
      name: META_TOOLS.codeRun,
      description: `Run a script that calls tools, several in one go, and see only what it returns and logs. It is the body of an async function in TypeScript: \`const x = await tools.server.tool({ … }); return x.length\`. Find tools with ${META_TOOLS.codeSearch} first. A tool that fails throws ToolError. There are console.log, sleep(ms) and Promise.all, but no imports, files or network.`,
      inputSchema: {
        type: 'object',
        properties: { script: text('The body of the function.'), timeoutMs: { type: 'integer', minimum: 1, description: 'Longest that it may run.' } },
        required: ['script'],
        additionalProperties: false,
      },
    },
  }
}

function definitions(servers: string): Readonly<Record<MetaToolName, JsonObject>> {
  return {
    tool_list: {
      name: META_TOOLS.list,
      description: `List the tools that are available here, a page at a time: names and short descriptions. Get their parameters with ${META_TOOLS.schema} and call them with ${META_TOOLS.invoke}.${servers}`,
      inputSchema: {
        type: 'object',
        properties: {
          server: text('Only tools of this server.'),
          tag: text('Only tools of servers with this tag.'),
          text: text('Only tools whose name or description has all of these words.'),
          limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
          cursor: text('`next` of the page before.'),
        },
        additionalProperties: false,
      },
      annotations: READS,
    },
    tool_search: {
      name: META_TOOLS.search,
      description: `Find tools for a task. Say in English and in a few words what is to be done and with what; the best tools come first, with their parameters. Call one with ${META_TOOLS.invoke}.${servers}`,
      inputSchema: {
        type: 'object',
        properties: { query: text('What is to be done.'), limit: { type: 'integer', minimum: 1, maximum: 50, default: 5 } },
        required: ['query'],
        additionalProperties: false,
      },
      annotations: READS,
    },
    tool_schema: {
      name: META_TOOLS.schema,
      description: 'Get the full definitions of tools by name: description and parameters.',
      inputSchema: {
        type: 'object',
        properties: { tools: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 20, description: 'Names of tools.' } },
        required: ['tools'],
        additionalProperties: false,
      },
      annotations: READS,
    },
    tool_invoke: {
      name: META_TOOLS.invoke,
      description: 'Call a tool by name and get its own result.',
      inputSchema: {
        type: 'object',
        properties: {
          tool: text('Name of the tool.'),
          arguments: { type: 'object', description: 'Its arguments, as its parameters say.', additionalProperties: true },
        },
        required: ['tool'],
        additionalProperties: false,
      },
    },
    ...codeDefinitions(servers),
  }
}

const rendered = new WeakMap<CatalogView, Map<MetaMode, JsonText>>()

/** The array of tools that `tools/list` shows in a mode. */
export function renderMetaTools(view: CatalogView, mode: MetaMode): JsonText {
  const known = rendered.get(view) ?? new Map<MetaMode, JsonText>()
  rendered.set(view, known)
  const found = known.get(mode)
  if (found !== undefined) return found
  const all = definitions(inventory(namedInView(view)))
  const list = toJsonText(OF_MODE[mode].map((name) => all[name]))
  known.set(mode, list)
  return list
}
