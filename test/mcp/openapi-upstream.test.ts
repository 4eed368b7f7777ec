import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { McpTransportDefinition } from '../../src/domain/mcp-server.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { McpUpstream } from '../../src/upstreams/mcp/index.ts'
import { ask, callTool, content, startUpstream, textOf } from './upstream-fixture.ts'

const PETSTORE = `
openapi: 3.0.3
info: { title: Petstore, version: 1.2.0, description: Pets by HTTP. }
servers: [{ url: '/api/{stage}', variables: { stage: { default: v1 } } }]
security: [{ key: [] }, { login: [], trace: [] }]
paths:
  /pets/{petId}:
    parameters: [{ $ref: '#/components/parameters/petId' }]
    get:
      operationId: getPet
      summary: One pet
      parameters:
        - { name: fields, in: query, schema: { type: array, items: { type: string } } }
        - { name: ids, in: query, explode: false, schema: { type: array, items: { type: integer } } }
        - { name: filter, in: query, style: deepObject, schema: { type: object } }
        - { name: X-Trace, in: header, schema: { type: string } }
        - { name: Authorization, in: header, schema: { type: string } }
        - { name: session, in: cookie, schema: { type: string } }
      responses: { '200': { description: ok } }
    delete: { operationId: deletePet, security: [], responses: { '204': { description: gone } } }
  /pets:
    get:
      operationId: list.pets/all
      parameters: [{ name: cursor, in: query, schema: { type: string, nullable: true } }, { name: limit, in: query, schema: { type: integer, minimum: 0, exclusiveMinimum: true } }]
      responses: { '200': { description: ok } }
    post:
      operationId: addPet
      requestBody: { required: true, content: { application/xml: {}, application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
      responses: { '201': { description: ok } }
  /upload: { post: { operationId: upload, requestBody: { required: true, content: { application/octet-stream: {} } }, responses: {} } }
  /form: { post: { operationId: sendForm, requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object } } } }, responses: {} } }
  /secret: { get: { operationId: secret, security: [{ login: [] }], responses: {} } }
components:
  parameters: { petId: { name: petId, in: path, required: true, schema: { type: string }, description: The pet. } }
  schemas:
    Pet: { type: object, required: [name], properties: { name: { type: string }, parent: { $ref: '#/components/schemas/Pet' }, owner: { $ref: '#/components/schemas/Owner' } } }
    Owner: { type: object, properties: { nick: { type: string, nullable: true }, pets: { type: array, items: { $ref: '#/components/schemas/Pet' } } } }
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    login: { type: http, scheme: basic }
    trace: { type: apiKey, in: query, name: trace }
`

/** Answers with what it was asked, or as its path says. */
let base: string
let elsewhere: string
const directory = mkdtempSync(join(tmpdir(), 'trunkline-openapi-'))
const stack = new AsyncDisposableStack()

async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const big = {
  openapi: '3.1.0',
  info: { title: 'Big', version: '1' },
  paths: Object.fromEntries(
    Array.from({ length: 600 }, (_, index) => [`/things/${index}/of/a/kind/whose/path/is/far/too/long/to/be/a/name`, { get: { parameters: [{ name: 'node', in: 'query', schema: { $ref: '#/components/schemas/Node' } }], responses: {} } }]),
  ),
  components: { schemas: { Node: { type: 'object', properties: { value: { type: ['string', 'null'] }, children: { type: 'array', items: { $ref: '#/components/schemas/Node' } } } } } },
}
const answers = {
  openapi: '3.1.0',
  info: { title: 'Answers', version: '1' },
  paths: Object.fromEntries(['missing', 'text', 'list', 'image', 'nothing', 'huge', 'away', 'here', 'slow'].map((name) => [`/${name}`, { get: { operationId: name, responses: {} } }])),
}

beforeAll(async () => {
  elsewhere = await listen((_request, response) => void response.end('{"stolen":true}'))
  base = await listen((request, response) => {
    const json = (status: number, value: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    switch (request.url) {
      case '/petstore.yaml':
        return void response.end(PETSTORE)
      case '/moved.yaml':
        return void response.writeHead(302, { location: '/petstore.yaml' }).end()
      case '/big.json':
        return json(200, big)
      case '/answers.json':
        return json(200, answers)
      case '/foreign.json':
        return json(200, { ...answers, servers: [{ url: elsewhere }] })
      case '/missing':
        return json(404, { error: 'no such thing' })
      case '/text':
        return void response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b')
      case '/list':
        return json(200, [1, 2])
      case '/image':
        return void response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([0, 255]))
      case '/nothing':
        return void response.writeHead(204).end()
      case '/huge':
        return void response.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(200_000))
      case '/away':
        return void response.writeHead(302, { location: `${elsewhere}/take` }).end()
      case '/here':
        return void response.writeHead(302, { location: '/list' }).end()
      case '/slow':
        return
    }
    void text(request).then((body) => json(200, { method: request.method, url: request.url, headers: request.headers, body }))
  })
})
afterAll(async () => {
  await stack.disposeAsync()
  rmSync(directory, { recursive: true, force: true })
})

type Openapi = Extract<McpTransportDefinition, { kind: 'openapi' }>

async function start(spec: string, more: Partial<Openapi> = {}, messageBytes = 1_000_000, callMs = 60_000): Promise<McpUpstream> {
  const transport: Openapi = { kind: 'openapi', spec, baseUrl: undefined, headers: {}, auth: {}, include: undefined, exclude: [], ...more }
  const upstream = await startUpstream(transport, { definition: { limits: { messageBytes }, timeouts: { connectMs: 60_000, callMs, listMs: 60_000 } } })
  return stack.use(upstream)
}

interface Listed {
  readonly name: string
  readonly description: string
  readonly inputSchema: JsonObject
  readonly annotations: JsonObject
}
const list = async (upstream: McpUpstream): Promise<readonly Listed[]> => (JSON.parse(await ask(upstream, 'tools/list')) as { tools: Listed[] }).tools
const reasonOf = ({ status }: McpUpstream): string => ('reason' in status ? status.reason : status.state)
interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
const echoOf = (result: JsonObject): Echo => content(result) as unknown as Echo

describe('an OpenAPI document as an MCP server', () => {
  it('lists its operations under usable names, without those that cannot be sent', async () => {
    const tools = await list(await start(`${base}/petstore.yaml`))
    expect(tools.map(({ name }) => name)).toEqual(['getPet', 'deletePet', 'list_pets_all', 'addPet', 'sendForm', 'secret'])
    expect(tools[2]?.description).toContain('The answer comes in pages: go on with `cursor`, `limit`.')
    expect(tools[2]?.inputSchema).toEqual({ type: 'object', properties: { cursor: { type: ['string', 'null'] }, limit: { type: 'integer', exclusiveMinimum: 0 } } })
    expect(tools[1]?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true })
    expect(tools[0]?.inputSchema['properties']).not.toHaveProperty('Authorization')
  })

  it('writes schemas that stand by themselves, recursion included', async () => {
    const tools = await list(await start(`${base}/petstore.yaml`))
    const schema = tools.find(({ name }) => name === 'addPet')?.inputSchema ?? {}
    expect(schema).toMatchObject({ required: ['body'], properties: { body: { $ref: '#/$defs/Pet' } }, $defs: { Owner: { properties: { nick: { type: ['string', 'null'] } } } } })
    const validate = new Ajv2020({ strict: false }).compile(schema)
    expect(validate({ body: { name: 'a', parent: { name: 'b', owner: { nick: null } } } })).toBe(true)
    expect(validate({ body: { name: 'a', parent: { owner: {} } } })).toBe(false)
  })

  it('puts arguments where the document says', async () => {
    const upstream = await start(`${base}/petstore.yaml`, { headers: { 'X-Always': 'yes' } })
    const given = { petId: 'a/b c?', fields: ['x', 'y&z'], ids: [1, 2], filter: { a: 'b' }, 'X-Trace': 't', session: 's=1' }
    const { method, url, headers } = echoOf(await callTool(upstream, 'getPet', given))
    expect([method, url]).toEqual(['GET', '/api/v1/pets/a%2Fb%20c%3F?fields=x&fields=y%26z&ids=1%2C2&filter%5Ba%5D=b'])
    expect(headers).toMatchObject({ 'x-trace': 't', cookie: 'session=s%3D1', 'x-always': 'yes' })
    const added = echoOf(await callTool(upstream, 'addPet', { body: { name: 'n', extra: null } }))
    expect([added.method, added.headers['content-type'], added.body]).toEqual(['POST', 'application/json', '{"name":"n","extra":null}'])
    const form = echoOf(await callTool(upstream, 'sendForm', { body: { a: 1, b: ['x', 'y'] } }))
    expect([form.headers['content-type'], form.body]).toEqual(['application/x-www-form-urlencoded', 'a=1&b=x&b=y'])
  })

  it('refuses arguments that would leave the operation', async () => {
    const upstream = await start(`${base}/petstore.yaml`)
    for (const given of [{ petId: '..' }, { petId: '.' }, { petId: '' }, {}, { petId: 'a', 'X-Trace': 'a\r\nX-Evil: 1' }]) {
      expect([given, (await callTool(upstream, 'getPet', given))['isError']]).toEqual([given, true])
    }
  })

  it('takes credentials from the configuration alone, and only the ones an operation asks for', async () => {
    const upstream = await start(`${base}/petstore.yaml`, { auth: { login: 'ann:pw', trace: 'tr' } })
    const whole = echoOf(await callTool(upstream, 'getPet', { petId: '1', Authorization: 'Bearer theirs' }))
    expect([whole.url, whole.headers['authorization'], whole.headers['x-key']]).toEqual(['/api/v1/pets/1?trace=tr', `Basic ${Buffer.from('ann:pw').toString('base64')}`, undefined])
    const none = echoOf(await callTool(upstream, 'deletePet', { petId: '1' }))
    expect([none.url, none.headers['authorization']]).toEqual(['/api/v1/pets/1', undefined])
    const keyed = await start(`${base}/petstore.yaml`, { auth: { key: 'k' } })
    expect(echoOf(await callTool(keyed, 'getPet', { petId: '1' })).headers['x-key']).toBe('k')
    expect(echoOf(await callTool(keyed, 'secret')).headers).not.toHaveProperty('x-key')
  })

  it('answers with text, structure and media, and with an error for what is no success', async () => {
    const upstream = await start(`${base}/answers.json`, {}, 100_000)
    expect(await callTool(upstream, 'text')).toEqual({ content: [{ type: 'text', text: 'a,b' }] })
    expect(await callTool(upstream, 'list')).toEqual({ content: [{ type: 'text', text: '[1,2]' }] })
    expect(await callTool(upstream, 'image')).toEqual({ content: [{ type: 'image', data: 'AP8=', mimeType: 'image/png' }] })
    expect(textOf(await callTool(upstream, 'nothing'))).toContain('204')
    expect(await callTool(upstream, 'missing')).toEqual({ isError: true, content: [{ type: 'text', text: 'HTTP 404 Not Found\n{"error":"no such thing"}' }], structuredContent: { status: 404, body: { error: 'no such thing' } } })
    const huge = await callTool(upstream, 'huge')
    expect([huge['isError'], textOf(huge)]).toEqual([true, 'The answer is larger than 100000 bytes. Ask for less at a time.'])
  })

  it('follows redirects on its origin and no others', async () => {
    const upstream = await start(`${base}/answers.json`)
    expect(textOf(await callTool(upstream, 'here'))).toBe('[1,2]')
    const away = await callTool(upstream, 'away')
    expect([away['isError'], textOf(away)]).toEqual([true, `The API redirects to ${elsewhere}/take, where it is not followed.`])
  })

  it('gives up a call whose time is over', async () => {
    const upstream = await start(`${base}/answers.json`, {}, 1_000_000, 300)
    await expect(callTool(upstream, 'slow')).rejects.toMatchObject({ code: 'upstream_timeout' })
  })

  it('serves a big document, and of it only what is wanted', async () => {
    const all = await list(await start(`${base}/big.json`))
    expect([all.length, new Set(all.map(({ name }) => name)).size]).toEqual([600, 600])
    for (const { name } of all) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    const some = await list(await start(`${base}/petstore.yaml`, { include: ['*Pet', 'secret'], exclude: ['delete*'] }))
    expect(some.map(({ name }) => name)).toEqual(['getPet', 'addPet', 'secret'])
  })

  it('reads a file, and asks for an address that the file does not tell', async () => {
    const file = join(directory, 'petstore.yaml')
    writeFileSync(file, PETSTORE)
    expect(reasonOf(await start(file))).toContain('set `baseUrl`')
    expect(echoOf(await callTool(await start(file, { baseUrl: `${base}/base/` }), 'deletePet', { petId: '1' })).url).toBe('/base/pets/1')
  })

  it('says why a document cannot be used', async () => {
    expect(reasonOf(await start(`${base}/foreign.json`))).toContain('another host')
    expect(reasonOf(await start(`${base}/moved.yaml`))).toContain('redirects to /petstore.yaml')
    expect(reasonOf(await start(join(directory, 'none.yaml')))).toContain('ENOENT')
    for (const [name, written] of [['two.json', '{"swagger":"2.0","paths":{}}'], ['broken.yaml', 'a: [1'], ['text.yaml', 'hello']] as const) {
      writeFileSync(join(directory, name), written)
      expect(reasonOf(await start(join(directory, name)))).toMatch(/Expected an OpenAPI 3\.0 or 3\.1 document|neither JSON nor YAML/)
    }
  })
})
