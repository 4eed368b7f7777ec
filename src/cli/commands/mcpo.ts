import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { renderIssue, type LoadedConfig } from '../../config/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { noteWarnings, type CommandContext } from '../context.ts'
import { loadForRunning, type RunnableConfig } from '../load-for-running.ts'
import { runGateway } from '../run-gateway.ts'

/** mcpo’s own flags, as commander hands them over. */
export interface McpoFlags {
  readonly host?: string
  readonly port: number
  readonly corsAllowOrigins?: readonly string[]
  readonly apiKey?: string
  readonly strictAuth?: boolean
  readonly env?: readonly string[]
  readonly envPath?: string
  readonly type: string
  readonly config?: string
  readonly name?: string
  readonly description?: string
  /** `--version` is the program’s own flag where it stands first; behind `mcpo` it is mcpo’s. */
  readonly apiVersion?: string
  readonly sslCertfile?: string
  readonly sslKeyfile?: string
  readonly rootPath?: string
  readonly pathPrefix?: string
  readonly header?: string
  readonly hotReload?: boolean
  readonly logLevel?: string
  readonly data?: string
}

/** The id of the one server of a command line; its tools are at the root, so nobody sees it but logs. */
const SERVER = 'server'

const LIST_WAIT_MS = 15_000

const usage = (message: string): CliError => new CliError(EXIT.usage, 'invalid_argument', message)

function readVariables({ env = [], envPath }: McpoFlags, { cwd, environment }: CommandContext): Readonly<Record<string, string>> {
  const fromFile = envPath === undefined ? {} : parseEnv(readFileSync(resolve(cwd, envPath), 'utf8'))
  const given = env.map((written): readonly [string, string] => {
    const [name = '', value = environment[name]] = written.split(/=(.*)/s, 2)
    if (name === '' || value === undefined) throw usage(`Expected \`--env NAME=value\`, or the name of a variable that is set, got \`${name}\`.`)
    return [name, value]
  })
  const known = Object.entries(fromFile).flatMap(([name, value]) => (value === undefined ? [] : [[name, environment[name] ?? value] as const]))
  return Object.fromEntries([...known, ...given])
}

function readHeaders(header: string | undefined): JsonObject {
  if (header === undefined) return {}
  try {
    const value = JSON.parse(header) as JsonValue
    if (isJsonObject(value)) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw usage('Expected `--header` to be a JSON object of header names and values.')
}

/** The server that stands behind `--`; undefined when a document names the servers. */
function readServer(flags: McpoFlags, [program, ...args]: readonly string[]): JsonObject | undefined {
  if (flags.config !== undefined) {
    if (program !== undefined) throw usage('Expected either `--config` or a command behind `--`, found both.')
    return undefined
  }
  if (program === undefined) throw usage('Expected a server: `trunkline mcpo [flags] -- command …`, or `--config mcpo.json`.')
  if (flags.type === 'stdio') return { command: program, args }
  const type = flags.type === 'sse' ? 'sse' : 'http'
  return { type, url: program, headers: readHeaders(flags.header) }
}

/** `x`, `/x` and `/x/` are the same. */
function normalPrefix(written = '/'): string {
  const inner = written.replaceAll(/^\/+|\/+$/g, '')
  return inner === '' ? '/' : `/${inner}/`
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** mcpo listens everywhere and lets every page in. So do we for who has a key to ask for or said so; otherwise only for this machine. */
function readExposure({ host, apiKey, corsAllowOrigins }: McpoFlags): { readonly host: string; readonly server: JsonObject } {
  const chosen = host ?? (apiKey === undefined ? '127.0.0.1' : '0.0.0.0')
  const origins = corsAllowOrigins ?? (apiKey === undefined ? [] : ['*'])
  const beyond = !isLoopback(chosen)
  const open = beyond && apiKey === undefined ? { allowUnauthenticatedNetwork: true } : {}
  return { host: chosen, server: { cors: { origins }, ...(beyond ? { allowedHosts: ['*'] } : {}), ...open } }
}

/** mcpo’s flags in the words of our document. */
function readSettings(flags: McpoFlags, server: JsonObject | undefined, exposure: JsonObject): JsonObject {
  const { apiKey, name, description, apiVersion, rootPath = '', strictAuth = false, pathPrefix } = flags
  const texts = { ...(name ? { name } : {}), ...(description ? { description } : {}), ...(apiVersion ? { version: apiVersion } : {}) }
  return {
    server: exposure,
    providers: {},
    // mcpo listens when its servers are there; we listen at once, and the first requests wait for their own server.
    mcp: { listWait: LIST_WAIT_MS },
    auth: { keys: apiKey === undefined ? [] : [{ name: 'mcpo', key: apiKey, scopes: ['tools:use'] }] },
    openapi: {
      mcpoProfile: true,
      mcpo: { ...texts, prefix: normalPrefix(pathPrefix), server: server ? SERVER : '', strictAuth, rootPath, alone: true },
    },
    ...(server ? { mcpServers: { [SERVER]: server } } : {}),
  }
}



const LEVELS: Readonly<Record<string, string>> = { warning: 'warn', critical: 'error' }

/** Variables of the command line are for every program that is started. */
function withVariables(loaded: LoadedConfig, variables: Readonly<Record<string, string>>): LoadedConfig {
  const mcpServers = loaded.config.mcpServers.map((server) =>
    server.transport.kind === 'stdio' ? { ...server, transport: { ...server.transport, env: { ...variables, ...server.transport.env } } } : server,
  )
  return { ...loaded, config: { ...loaded.config, mcpServers } }
}

function refuseTls({ sslCertfile, sslKeyfile }: McpoFlags): void {
  if (sslCertfile === undefined && sslKeyfile === undefined) return
  throw usage('`--ssl-certfile` and `--ssl-keyfile` are not supported: put a proxy that ends TLS in front, and give it `--host 127.0.0.1`.')
}

async function load(context: CommandContext, flags: McpoFlags, command: readonly string[]): Promise<RunnableConfig> {
  refuseTls(flags)
  const server = readServer(flags, command)
  const exposure = readExposure(flags)
  const variables = readVariables(flags, context)
  const level = (flags.logLevel ?? context.environment['LOG_LEVEL'] ?? '').toLowerCase()
  const data = flags.data ?? context.environment['TRUNKLINE_DATA'] ?? join(context.homeDirectory || homedir(), '.local', 'share', 'trunkline', `mcpo-${flags.port}`)
  const environment = { ...context.environment, ...variables }
  const running = await loadForRunning(
    { ...context, environment },
    {
      ...(flags.config === undefined ? { withoutDocument: true } : { config: flags.config }),
      data,
      host: exposure.host,
      port: flags.port,
      ...(level === '' ? {} : { logLevel: LEVELS[level] ?? level }),
      settings: readSettings(flags, server, exposure.server),
    },
  )
  return {
    loaded: withVariables(running.loaded, variables),
    reload: async () => withVariables(await running.reload(), variables),
    preview: async (values) => withVariables(await running.preview(values), variables),
  }
}

/** `trunkline mcpo`: MCP servers as OpenAPI, with mcpo’s own flags and at its own addresses. */
export async function serveMcpo(context: CommandContext, flags: McpoFlags, command: readonly string[]): Promise<void> {
  const running = await load(context, flags, command)
  const { config } = running.loaded
  const { terminal } = context
  noteWarnings(terminal, running.loaded, renderIssue)
  if (flags.host === undefined && flags.apiKey === undefined) {
    terminal.note('Without `--api-key` only this machine is served. Set a key, or say `--host 0.0.0.0` to serve everybody.')
  }
  if (flags.apiKey === undefined && !isLoopback(config.server.host)) terminal.note('warning: everybody who reaches this address may use these tools; `--api-key` asks for a key.')
  await runGateway(context, running, {
    watches: flags.hotReload === true,
    onListening(address) {
      if (address) terminal.note(`MCP tools as OpenAPI on ${address.href} · ${address.href}docs · ${address.href}openapi.json`)
    },
  })
}
