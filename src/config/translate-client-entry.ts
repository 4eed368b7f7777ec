import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { nearestWord } from '../lib/nearest-word.ts'

export interface TranslatedEntry {
  readonly value: JsonValue
  /** Members that only the client understands. */
  readonly ignored: readonly string[]
}

type Writer = (value: JsonValue) => JsonObject

const as = (key: string): Writer => (value) => ({ [key]: value })
const seconds = (key: string): Writer => (value) => ({ timeouts: { [key]: typeof value === 'number' ? Math.round(value * 1000) : value } })
const never: Writer = () => ({})

/** `${NAME}` for a variable that is named where we would write it. */
const reference = (name: JsonValue | undefined): string => (typeof name === 'string' ? `\${${name}}` : '')

/** 1MCP also writes variables as `["NAME=value", "PASSED_ON"]`. */
function environment(value: JsonValue): JsonObject {
  if (!Array.isArray(value)) return { env: value }
  const texts = (value as readonly JsonValue[]).filter((item) => typeof item === 'string')
  const pairs = texts.filter((item) => item.includes('=')).map((item) => item.split(/=(.*)/s, 2))
  const passed = texts.filter((item) => !item.includes('='))
  return { env: Object.fromEntries(pairs.map(([name = '', text = '']) => [name, text])), ...(passed.length === 0 ? {} : { inheritEnv: passed }) }
}

/** OpenCode writes the program and its arguments as one list, older Zed as one map. */
function command(value: JsonValue): JsonObject {
  if (isJsonObject(value)) {
    const { path, args, env } = value as { readonly [key: string]: JsonValue | undefined }
    return { command: path, ...(args === undefined ? {} : { args }), ...(isJsonObject(env) ? { env } : {}) }
  }
  if (!Array.isArray(value)) return { command: value }
  const [program, ...args] = value as readonly JsonValue[]
  return args.length === 0 ? { command: program } : { command: program, args }
}

const TYPES: Readonly<Record<string, string>> = { streamable_http: 'http', streamablehttp: 'http', remote: 'http', local: 'stdio' }

function transport(value: JsonValue): JsonObject {
  const word = typeof value === 'string' ? value.toLowerCase().replaceAll('-', '') : ''
  const known = word === 'streamablehttp' || word === 'http' ? 'http' : TYPES[word]
  return { type: known ?? value }
}

/** Ours by name; GitHub Copilot writes a list of those that are on, `["*"]` for all. */
function tools(value: JsonValue): JsonObject {
  if (!Array.isArray(value)) return { tools: value }
  return (value as readonly JsonValue[]).includes('*') ? {} : { enabledTools: value }
}

/** How members of clients’ entries are written in ours. */
const MEMBERS: Readonly<Record<string, Writer>> = {
  type: transport,
  transport,
  command,
  cmd: command,
  args: as('args'),
  env: environment,
  environment,
  envs: environment,
  cwd: as('cwd'),
  url: as('url'),
  uri: as('url'),
  httpUrl: (value) => ({ url: value, type: 'http' }),
  serverUrl: as('url'),
  headers: as('headers'),
  http_headers: as('headers'),
  enabled: as('enabled'),
  disabled: (value) => ({ enabled: !(value === true || value === 'true') }),
  tags: as('tags'),
  tools,
  pinning: as('pinning'),
  retries: as('retries'),
  instructions: as('instructions'),
  instructionOverride: as('instructions'),
  toolDescriptionOverrides: (value) => (isJsonObject(value) ? { tools: Object.fromEntries(Object.entries(value).map(([tool, description]) => [tool, { description: description ?? null }])) } : { tools: value }),
  era: as('era'),
  inheritEnv: as('inheritEnv'),
  env_vars: as('inheritEnv'),
  timeouts: as('timeouts'),
  limits: as('limits'),
  builtin: as('builtin'),
  spec: as('spec'),
  baseUrl: as('baseUrl'),
  include: as('include'),
  exclude: as('exclude'),
  // mcpo (two spellings), Codex, Gemini CLI.
  disabledTools: as('disabledTools'),
  disabled_tools: as('disabledTools'),
  excludeTools: as('disabledTools'),
  enabledTools: as('enabledTools'),
  enabled_tools: as('enabledTools'),
  includeTools: as('enabledTools'),
  timeout: (value) => ({ timeouts: { call: value } }),
  requestTimeout: (value) => ({ timeouts: { call: value } }),
  connectionTimeout: (value) => ({ timeouts: { connect: value } }),
  requestTimeoutMs: (value) => ({ timeouts: { call: value } }),
  startup_timeout_sec: seconds('connect'),
  tool_timeout_sec: seconds('call'),
  isolation: as('isolation'),
  maxInstances: as('maxInstances'),
  idleTimeout: as('idleTimeout'),
  // 1MCP’s `extractionOptions` say which parts of a context are looked at; here it is those that the entry names.
  template: (value) => {
    if (!isJsonObject(value)) return { template: value }
    const { extractionOptions: _unused, ...rest } = value as { readonly [key: string]: JsonValue | undefined }
    return { template: rest }
  },
  // Codex names the variable instead of writing `${NAME}`.
  bearer_token_env_var: (value) => ({ headers: { Authorization: `Bearer ${reference(value)}` } }),
  env_http_headers: (value) =>
    isJsonObject(value) ? { headers: Object.fromEntries(Object.entries(value).map(([name, variable]) => [name, reference(variable)])) } : {},
  name: never,
  description: never,
  source: never,
}

function join(left: JsonValue | undefined, right: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(left) && isJsonObject(right) ? { ...left, ...right } : right
}

/** `args: []` beside a `url`, and `headers: {}` beside a `command`, are what forms of editors leave behind. */
function dropFormRemains(value: Record<string, JsonValue | undefined>): void {
  const isRemote = value['url'] !== undefined
  const isLocal = value['command'] !== undefined
  if (isRemote === isLocal) return
  for (const key of isRemote ? ['args', 'env', 'cwd'] : ['headers']) delete value[key]
}

/** One entry of a client’s file in our own words. What it does not know at all is named, never guessed. */
export function translateClientEntry(entry: JsonValue): TranslatedEntry {
  if (!isJsonObject(entry)) return { value: entry, ignored: [] }
  const ignored: string[] = []
  const value: Record<string, JsonValue | undefined> = {}
  for (const [key, member] of Object.entries(entry)) {
    const writer = Object.hasOwn(MEMBERS, key) ? MEMBERS[key] : undefined
    if (!writer) {
      // A slip of the pen is no other client’s word: it stays, and the strict reading names what was meant.
      if (nearestWord(key, Object.keys(MEMBERS)) !== undefined) value[key] = member
      else if (!key.startsWith('x-')) ignored.push(key)
      continue
    }
    for (const [name, part] of Object.entries(writer(member ?? null))) value[name] = join(value[name], part)
  }
  dropFormRemains(value)
  return { value, ignored }
}
