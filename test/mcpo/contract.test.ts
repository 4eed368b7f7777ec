import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCliFolder, type CliFolder, type RunningCli } from '../cli/run-cli.ts'
import { CONTRACT_COMMAND, contractEntry, startMcpo } from './mcpo-process.ts'

interface Recorded {
  readonly name: string
  readonly request: { readonly method: string; readonly path: string; readonly headers?: Record<string, string>; readonly body?: string }
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

const fixture = <Shape>(name: string): Shape => JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as Shape

/** Where mcpo loses something, and what is answered instead. */
const DIFFERENT: Readonly<Record<string, Partial<Pick<Recorded, 'status' | 'body' | 'headers'>>>> = {
  // No default invented, nulls kept.
  echo: { body: '{"name":"ann","level":"high"}' },
  'echo all': { body: '{"name":"ann","count":null,"where":{"x":1},"_hidden":true}' },
  // No credentials for pages of any origin: keys travel in headers that scripts set.
  cors: { headers: { 'content-type': 'application/json', 'access-control-allow-origin': 'https://page.example' } },
  preflight: { headers: { 'content-type': 'text/plain; charset=utf-8', 'access-control-allow-origin': 'https://page.example' } },
  // No default invented.
  'unknown member': { body: '{"name":"ann"}' },
  'unknown nested member': { body: '{"name":"ann","where":{"x":1}}' },
  'unknown reference member': { body: '{"name":"ann","node":{"value":"a","next":{"value":"b"}}}' },
  'private member': { body: '{"name":"ann","_hidden":true}' },
  either: { body: '{"name":"ann","either":5}' },
}

/** Credentials are for pages that are named: one of any other origin must not use a key that a browser keeps. */
const withoutCredentials = ({ headers: { 'access-control-allow-credentials': _credentials, ...headers } }: Recorded): Partial<Recorded> => ({ headers })

let folder: CliFolder
const stack = new AsyncDisposableStack()
let open: RunningCli & { readonly url: string }
let single: typeof open
let strict: typeof open

beforeAll(async () => {
  folder = stack.use(createCliFolder())
  const config = folder.write('mcpo.json', JSON.stringify({ mcpServers: { contract: contractEntry(), second: contractEntry({ disabledTools: ['echo'], env: { INSTRUCTIONS: 'Use with care.' } }) } }))
  const other = (): CliFolder => stack.use(createCliFolder())
  ;[open, single, strict] = await Promise.all([
    startMcpo(folder, ['--config', config, '--cors-allow-origins', '*']),
    startMcpo(other(), ['--host', '127.0.0.1', '--api-key', 'topsecret', '--name', 'My name', '--', ...CONTRACT_COMMAND]),
    startMcpo(other(), ['--host', '127.0.0.1', '--api-key', 'topsecret', '--strict-auth', '--path-prefix', 'api', '--cors-allow-origins', 'https://page.example', '--config', config]),
  ])
  for (const running of [open, single, strict]) stack.use(running)
})
afterAll(() => stack.disposeAsync())

const ask = (url: string, { method, path, headers, body }: Recorded['request']): Promise<Response> =>
  fetch(`${url}${path}`, { method, redirect: 'manual', ...(headers ? { headers } : {}), ...(body === undefined ? {} : { body }) })

const json = async (url: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> => (await (await fetch(url, { headers })).json()) as Record<string, unknown>

function meaning(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function compare(url: string, recorded: Recorded, changes: Partial<Recorded> = {}): Promise<void> {
  const expected = { ...recorded, ...changes }
  const answer = await ask(url, recorded.request)
  const body = await answer.text()
  expect(answer.status).toBe(expected.status)
  for (const [name, value] of Object.entries(expected.headers)) expect([name, answer.headers.get(name)]).toEqual([name, value])
  if (expected.body !== null) expect(meaning(body)).toEqual(meaning(expected.body))
}

describe('the mcpo profile answers as mcpo does', () => {
  const rows = fixture<readonly Recorded[]>('answers.json')
  it('has a recording for each row of the contract', () => expect(rows.length).toBeGreaterThan(45))
  it.each(rows.map((row) => [row.name, row] as const))('%s', (name, row) => compare(open.url, row, DIFFERENT[name]))
})

describe('the mcpo profile has mcpo’s addresses, methods and preflights', () => {
  const rows = fixture<Readonly<Record<'open' | 'single' | 'named', readonly Recorded[]>>>('addresses.json')
  const named = (group: readonly Recorded[]): readonly (readonly [string, Recorded])[] => group.map((row) => [row.name, row] as const)
  it.each(named(rows.open))('%s', (name, row) => compare(open.url, row, DIFFERENT[name] ?? withoutCredentials(row)))
  it.each(named(rows.single))('%s, of one server', (_name, row) => compare(single.url, row, withoutCredentials(row)))
  it.each(named(rows.named))('%s, of a named page', (_name, row) => compare(strict.url, row))

  it('keeps the query of a redirect as it was written', async () => {
    const answer = await fetch(`${open.url}/contract/echo/?a=%2F`, { method: 'POST', redirect: 'manual', body: '{}' })
    expect(answer.headers.get('location')).toBe('/contract/echo?a=%2F')
  })

  it('reaches the tool through the redirect, with method and body', async () => {
    const answer = await fetch(`${open.url}/contract/echo/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"ann"}' })
    expect([answer.status, await answer.json()]).toEqual([200, { name: 'ann' }])
  })
})

describe('the mcpo profile asks for keys as mcpo does', () => {
  const rows = fixture<readonly Recorded[]>('auth.json')
  /** Basic is what `--strict-auth` asks for, so it is enough; schemes are read in any case; one wrong key is like another. */
  const other: Readonly<Record<string, Partial<Recorded>>> = {
    'single basic': { status: 200, headers: {}, body: '"done"' },
    'strict basic': { status: 200, headers: {}, body: '"done"' },
    'single wrong basic': { status: 403, headers: {}, body: '{"detail":"Invalid API key"}' },
    'strict wrong basic': { status: 403, headers: {}, body: '{"detail":"Invalid API key"}' },
    'strict lower case bearer': { status: 200, headers: {}, body: '"done"' },
    'strict malformed basic': { body: '{"detail":"Missing or invalid Authorization header"}' },
    'strict digest': { body: '{"detail":"Missing or invalid Authorization header"}' },
    'strict empty bearer': { body: '{"detail":"Missing or invalid Authorization header"}' },
  }
  /** Which of 401, 404 and 405 is said about nothing depends on the order of looking. */
  const isTried = ({ name }: Recorded): boolean => !name.endsWith('/nothing')
  it.each(rows.filter(isTried).map((row) => [row.name, row] as const))('%s', async (name, row) => {
    await compare(name.startsWith('single') ? single.url : strict.url, row, other[name])
  })

  it('answers nothing about a path that it does not have', async () => {
    expect((await fetch(`${strict.url}/api/nobody/openapi.json`, { headers: { authorization: 'Bearer topsecret' } })).status).toBe(404)
    expect((await fetch(`${strict.url}/api/nobody/openapi.json`)).status).toBe(401)
  })
})

describe('the mcpo profile describes itself as mcpo does', () => {
  type Operation = { readonly post: Record<string, unknown> }
  const recorded = fixture<{ info: object; servers: object; paths: Record<string, Operation>; components: { schemas: Record<string, unknown> } }>('openapi.json')

  it('has the same info, server, operations and validation models', async () => {
    const own = (await json(`${open.url}/contract/openapi.json`)) as unknown as typeof recorded
    expect(own.info).toEqual(recorded.info)
    expect(own.servers).toEqual(recorded.servers)
    for (const [path, operation] of Object.entries(recorded.paths)) expect([path, own.paths[path]]).toEqual([path, operation])
    for (const name of ['HTTPValidationError', 'ValidationError']) expect(own.components.schemas[name]).toEqual(recorded.components.schemas[name])
    expect(Object.keys(own.components.schemas)).toEqual(expect.arrayContaining(['echo_form_model', 'structured_form_model', 'structured_response_model']))
  })

  it('keeps enums, unions, bounds and references that mcpo loses', async () => {
    const own = (await json(`${open.url}/contract/openapi.json`)) as unknown as typeof recorded
    expect(own.components.schemas['echo_form_model']).toMatchObject({
      properties: {
        name: { type: 'string', minLength: 2 },
        level: { enum: ['low', 'high'], default: 'low' },
        either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
        node: { $ref: '#/components/schemas/echo_form_model/$defs/Node' },
      },
    })
  })

  it('shows instructions, leaves disabled tools out and links every server at the root', async () => {
    const second = (await json(`${open.url}/second/openapi.json`)) as unknown as { info: object; paths: object }
    expect(second.info).toEqual({ title: 'contract', description: 'Use with care.', version: '4.2.0' })
    expect(Object.keys(second.paths)).not.toContain('/echo')
    const root = await json(`${strict.url}/openapi.json`, { authorization: 'Bearer topsecret' })
    const description = 'Automatically generated API from MCP Tool Schemas\n\n- **available tools**：\n    - [contract](/api/contract/docs)\n    - [second](/api/second/docs)'
    expect(root).toEqual({ openapi: '3.1.0', info: { title: 'MCP OpenAPI Proxy', description, version: '1.0' }, paths: {} })
  })

  it('puts a single server at the root, with the key in its document', async () => {
    const own = await json(`${single.url}/openapi.json`)
    expect(own).toMatchObject({ info: { title: 'contract' }, components: { securitySchemes: { HTTPBearer: { type: 'http', scheme: 'bearer' } } } })
    expect(own).not.toHaveProperty('servers')
    expect((own['paths'] as Record<string, Operation>)['/echo']?.post).toMatchObject({ operationId: 'tool_echo_post', security: [{ HTTPBearer: [] }] })
  })

  it('serves nothing else', async () => {
    for (const path of ['/mcp', '/v1/models', '/tools', '/_meta/servers']) expect([path, (await fetch(`${open.url}${path}`)).status]).toEqual([path, 404])
    expect((await fetch(`${open.url}/livez`)).status).toBe(200)
  })
})
