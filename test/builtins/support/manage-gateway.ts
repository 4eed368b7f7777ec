import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createGateway, type Gateway } from '../../../src/app/index.ts'
import { loadConfig, type LoadedConfig } from '../../../src/config/index.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { silentLogger } from '../../../src/telemetry/index.ts'

export interface ToolResult {
  readonly text: string
  readonly data: Readonly<Record<string, unknown>>
  readonly isError: boolean
}

/** An MCP client of the gateway. */
export interface ManageClient extends AsyncDisposable {
  readonly client: Client
  /** How often the list of tools was said to have changed. */
  readonly listChanges: number
  names(): Promise<readonly string[]>
  call(name: string, given?: Readonly<Record<string, unknown>>): Promise<ToolResult>
}

/** A whole gateway in this process, with a document and a data directory of its own. */
export interface ManageGateway extends AsyncDisposable {
  readonly url: string
  readonly directory: string
  readonly document: string
  readonly overlay: string
  /** Programs in front of those of the machine. */
  program(name: string, script: string): void
  write(document: object | string): void
  overlayText(): string
  /** Ends the gateway and starts it anew from the same files. */
  restart(): Promise<void>
  connect(path?: string, key?: string): Promise<ManageClient>
}

async function connectTo(url: URL, key: string | undefined): Promise<ManageClient> {
  const client = new Client({ name: 'test', version: '1' })
  let listChanges = 0
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void listChanges++)
  await client.connect(new StreamableHTTPClientTransport(url, key === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${key}` } } }) as never)
  await client.listTools()
  return {
    client,
    get listChanges() {
      return listChanges
    },
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    async call(name, given = {}) {
      const result = (await client.callTool({ name, arguments: { ...given } })) as unknown as { content: readonly { text: string }[]; structuredContent?: Readonly<Record<string, unknown>>; isError?: boolean }
      return { text: result.content.map(({ text }) => text).join('\n'), data: result.structuredContent ?? {}, isError: result.isError === true }
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

export async function startManageGateway(document: object, environment: Readonly<Record<string, string>> = {}): Promise<ManageGateway> {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-manage-'))
  const file = join(directory, 'trunkline.yaml')
  const data = join(directory, 'data')
  const programs = join(directory, 'bin')
  mkdirSync(programs)
  const write = (content: object | string): void => writeFileSync(file, typeof content === 'string' ? content : `# kept by hand\n${JSON.stringify({ version: 1, server: { port: 0 }, ...content }, null, 2)}\n`)
  write(document)
  const variables = { HOME: directory, PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`, ...environment }
  const load = (overlayValues?: JsonObject): LoadedConfig =>
    loadConfig({ explicitPath: file, cwd: directory, environment: variables, flags: { data }, homeDirectory: directory, ...(overlayValues ? { overlayValues } : {}) })
  const start = async (): Promise<Gateway> => createGateway({ loaded: load(), reload: async () => load(), preview: async (values) => load(values), logger: silentLogger, version: 'test', environment: variables })
  let gateway = await start().catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true })
    throw error
  })
  const clients: ManageClient[] = []
  const end = async (): Promise<void> => {
    for (const client of clients.splice(0)) await client[Symbol.asyncDispose]()
    await gateway[Symbol.asyncDispose]()
  }
  const origin = (): string => gateway.url?.origin ?? ''
  const overlay = join(data, 'runtime.yaml')
  return {
    get url() {
      return origin()
    },
    directory,
    document: file,
    overlay,
    program: (name, script) => writeFileSync(join(programs, name), script, { mode: 0o755 }),
    write,
    overlayText: () => (existsSync(overlay) ? readFileSync(overlay, 'utf8') : ''),
    async restart() {
      await end()
      gateway = await start()
    },
    async connect(path = '/mcp/manage', key) {
      const client = await connectTo(new URL(`${origin()}${path}`), key)
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      await end()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
