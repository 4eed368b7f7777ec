import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentity } from '../../src/core/identity/index.ts'
import { readItems, readMember, type JsonText } from '../../src/lib/json-text.ts'
import { createHttpServer } from '../../src/surfaces/http/index.ts'
import { createRestToolsSurface } from '../../src/surfaces/rest-tools/index.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, ENVELOPE } from '../support/mcp-raw-client.ts'
import { createParser } from '../support/sse-events.ts'
import { readSchemaCorpus, type SchemaCase } from './schema-corpus.ts'
import { stdio } from './upstream-fixture.ts'

const CORPUS = readSchemaCorpus()
const SERVER = fileURLToPath(new URL('./schema-corpus-server.ts', import.meta.url))
const BATCH = 20

/** Sends one message and gives the text of the `result`, as it was sent. */
type Send = (method: string, name: string | undefined, params: string) => Promise<JsonText>

async function post(url: string, body: string, headers: Record<string, string>): Promise<JsonText> {
  const given = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers }
  const response = await fetch(url, { method: 'POST', headers: given, body })
  const text = await response.text()
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return resultOf(text)
  const events: string[] = []
  createParser((data) => events.push(data)).push(Buffer.from(text))
  return resultOf(events.at(-1) ?? '')
}

function resultOf(message: string): JsonText {
  const result = readMember(message as JsonText, 'result')
  if (result === undefined) throw new Error(`Expected a result, got ${message.slice(0, 500)}`)
  return result
}

async function legacyClient(url: string): Promise<Send> {
  const { sessionId } = await connectRaw(url)
  const headers = { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }
  let id = 0
  return (method, _name, params) => post(url, `{"jsonrpc":"2.0","id":${++id},"method":"${method}","params":{${params}}}`, headers)
}

function modernClient(url: string): Send {
  const headers = { 'mcp-protocol-version': '2026-07-28' }
  return (method, name, params) => {
    const comma = params === '' ? '' : ','
    const body = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{${params}${comma}"_meta":${JSON.stringify(ENVELOPE)}}}`
    return post(url, body, { ...headers, 'mcp-method': method, ...(name === undefined ? {} : { 'mcp-name': name }) })
  }
}

/** Runs a check for every schema and gives the names of those that fail, so that one failure does not hide the others. */
async function failing(check: (schemaCase: SchemaCase) => Promise<boolean>): Promise<readonly string[]> {
  const failed: string[] = []
  for (let start = 0; start < CORPUS.length; start += BATCH) {
    await Promise.all(CORPUS.slice(start, start + BATCH).map(async (schemaCase) => {
      if (!(await check(schemaCase))) failed.push(schemaCase.name)
    }))
  }
  return failed
}

function schemasOf(list: JsonText): ReadonlyMap<string, string | undefined> {
  const tools = readItems(readMember(list, 'tools') ?? ('[]' as JsonText))
  return new Map(tools.map((tool) => [JSON.parse(readMember(tool, 'name') ?? '""') as string, readMember(tool, 'inputSchema')]))
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[^@\s]+@[^@\s]+$/,
  uri: /^[a-z]+:\S+$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  ipv4: /^\d+(\.\d+){3}$/,
}

type Dialect = 'draft-07' | '2020-12'

/** Without a declaration a schema is in 2020-12. */
const dialectOf = (schema: JsonText): Dialect => (readMember(schema, '$schema')?.includes('draft-07') ? 'draft-07' : '2020-12')

function validatorFor(dialect: Dialect): Ajv {
  const options = { strict: false, logger: false } as const
  const ajv = dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options)
  for (const [name, format] of Object.entries(FORMATS)) ajv.addFormat(name, format)
  return ajv
}

const verdicts = (validate: ValidateFunction, { arguments: given, refused }: SchemaCase): readonly unknown[] =>
  [given, refused].map((text) => (text === undefined ? undefined : validate(JSON.parse(text))))

interface Operation {
  readonly operationId: string
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: object } } }
}
interface OpenapiDocument {
  readonly openapi: string
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>
}

/** The validator takes every member named `$ref` for a reference, also where a schema has it as data. */
const withoutSchemas = (document: OpenapiDocument): Record<string, unknown> =>
  JSON.parse(JSON.stringify(document, (key, value: unknown) => (key === 'schema' || key === 'schemas' ? {} : value))) as Record<string, unknown>

const pointer = (...keys: readonly string[]): string => keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

const DOCUMENT = 'https://document.example/openapi.json'

/** What the body schema of an operation says of the examples, resolved inside the whole document. */
function createJudge(document: OpenapiDocument): (path: string, schemaCase: SchemaCase) => readonly unknown[] {
  const validators = { 'draft-07': validatorFor('draft-07'), '2020-12': validatorFor('2020-12') }
  for (const ajv of Object.values(validators)) ajv.addSchema(document, DOCUMENT)
  return (path, schemaCase) => {
    const place = pointer('paths', path, 'post', 'requestBody', 'content', 'application/json', 'schema')
    return verdicts(validators[dialectOf(schemaCase.schema)].compile({ $ref: `${DOCUMENT}#${place}` }), schemaCase)
  }
}

describe('the schema corpus', () => {
  it('has 150 schemas or more, each under a name of its own, and the examples are what it says', () => {
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length)
    expect(CORPUS.length).toBeGreaterThanOrEqual(150)
    const validators = { 'draft-07': validatorFor('draft-07'), '2020-12': validatorFor('2020-12') }
    const wrong = CORPUS.filter((schemaCase) => {
      const found = verdicts(validators[dialectOf(schemaCase.schema)].compile(JSON.parse(schemaCase.schema) as object), schemaCase)
      return found[0] !== true || (schemaCase.refused !== undefined && found[1] !== false)
    })
    expect(wrong.map(({ name }) => name)).toEqual([])
  })
})

describe.each([['legacy', ['--legacy']], ['modern', []]] as const)('the schema corpus behind a %s stdio server', (era, args) => {
  const stack = new AsyncDisposableStack()
  let gateway: McpGateway
  let rest: string

  beforeAll(async () => {
    gateway = stack.use(await startMcpGateway({ servers: { corpus: stdio(process.execPath, [SERVER, ...args]) } }))
    const { catalog, calls, events } = gateway
    const surface = createRestToolsSurface({ catalog, calls, prefix: '/tools', version: '1', needsKey: false, bodyLimits: () => ({ maxBytes: 1_000_000, idleMs: 60_000 }) })
    const settings = {
      host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [], corsOrigins: [], hasKeys: false, allowUnauthenticatedNetwork: false,
      limits: { headerBytes: 65_536, headersTimeoutMs: 60_000, maxConnections: 200 },
    }
    const http = stack.use(await createHttpServer({ settings, surfaces: [surface], identity: () => createIdentity([]), events, logger: silentLogger }))
    rest = http.url.href.replace(/\/$/, '')
  })
  afterAll(() => stack.disposeAsync())

  it('is spoken to in its own era', async () => {
    const status = await gateway.upstreams[0]?.settled(20_000)
    expect(status).toMatchObject({ state: 'ready', hello: { era } })
  })

  describe.each(['legacy', 'modern'] as const)('for a %s client', (client) => {
    const connect = (url: string): Promise<Send> => (client === 'legacy' ? legacyClient(url) : Promise.resolve(modernClient(url)))

    it.each([['one server', '/mcp/corpus', ''], ['all servers', '/mcp', 'corpus__']])('lists every schema byte for byte, of %s', async (_, path, prefix) => {
      const send = await connect(`${gateway.url}${path}`)
      const listed = schemasOf(await send('tools/list', undefined, ''))
      expect(listed.size).toBe(CORPUS.length)
      expect(CORPUS.filter(({ name, schema }) => listed.get(`${prefix}${name}`) !== schema).map(({ name }) => name)).toEqual([])
    })

    it.each([['one server', '/mcp/corpus', ''], ['all servers', '/mcp', 'corpus__']])('carries the arguments of every call byte for byte, to %s', async (_, path, prefix) => {
      const send = await connect(`${gateway.url}${path}`)
      const failed = await failing(async ({ name, arguments: given }) => {
        const result = await send('tools/call', `${prefix}${name}`, `"name":"${prefix}${name}","arguments":${given}`)
        const [block] = (JSON.parse(result) as { content: { text: string }[] }).content
        return block?.text === given && readMember(result, 'structuredContent') === given
      })
      expect(failed).toEqual([])
    })
  })

  it('carries the arguments of every REST call byte for byte', async () => {
    const failed = await failing(async ({ name, arguments: given }) => {
      const response = await fetch(`${rest}/tools/corpus/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: given })
      return response.status === 200 && (await response.text()) === given
    })
    expect(failed).toEqual([])
  })

  it.each([['one server', '/tools/corpus/openapi.json', ''], ['all servers', '/tools/openapi.json', '/corpus']])('means the same inside the OpenAPI document of %s', async (_, path, prefix) => {
    const document = (await (await fetch(`${rest}${path}`)).json()) as OpenapiDocument
    expect(document.openapi).toBe('3.1.0')
    expect(await new Validator().validate(withoutSchemas(document))).toEqual({ valid: true })
    expect(Object.keys(document.paths)).toHaveLength(CORPUS.length)
    const judge = createJudge(document)
    const wrong = CORPUS.flatMap((schemaCase) => {
      const at = `${prefix}/${schemaCase.name}`
      try {
        const expected = [true, schemaCase.refused === undefined ? undefined : false]
        const found = judge(at, schemaCase)
        return found.join() === expected.join() ? [] : [`${schemaCase.name}: ${found.join()}`]
      } catch (error) {
        return [`${schemaCase.name}: ${(error as Error).message}`]
      }
    })
    expect(wrong).toEqual([])
  })
})
