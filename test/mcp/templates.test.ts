import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'
import { factsOf, legacyClient, missingOf, modernClient, textOf, toolNames, type InstanceClient } from '../support/instance-client.ts'
import type { Json } from '../support/mcp-raw-client.ts'

const FILES = fileURLToPath(new URL('../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', import.meta.url))
const notebook = (...args: readonly string[]): object => ({ command: process.execPath, args: [testServerPath('notebook'), ...args] })

const TEMPLATES = {
  files: { command: process.execPath, args: [FILES, '{{project.path}}'] },
  repo: { ...notebook('{{project.path}}', '--branch={{context.branch:-main}}'), env: { OWNER: '{{user.name}}' }, cwd: '{{project.path}}' },
  own: { ...notebook('{{project.path}}'), template: { shareable: false } },
  named: { ...notebook('{{transport.client.name}}', '{{principal.id}}') },
}

const ECHO = { echo: { command: process.execPath, args: [testServerPath('echo')] } }

const document = (more: object = {}): object => ({ version: 1, mcp: { listWait: 60_000 }, mcpServers: ECHO, mcpTemplates: TEMPLATES, ...more })

function makeProject(place: Place, name: string): string {
  const path = join(realpathSync(place.directory), name)
  mkdirSync(path)
  writeFileSync(join(path, `${name}.txt`), `secret of ${name}`)
  return path
}

const errorOf = (answer: Json): { readonly message: string; readonly data?: { readonly code?: string } } => answer['error'] as { message: string }

describe('template servers for clients of this machine', () => {
  const place = makePlace()
  let gateway: GatewayProcess
  let a: string
  let b: string
  beforeAll(async () => {
    place.write(document())
    ;[a, b] = [makeProject(place, 'alpha'), makeProject(place, 'beta')]
    gateway = await startGatewayProcess(place)
  })
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    place[Symbol.dispose]()
  })

  const inProject = (server: string, path: string, more: Json = {}): Promise<InstanceClient> =>
    legacyClient(`${gateway.url}/mcp/${server}`, { context: { project: { path }, user: { name: 'ann' }, ...more } })

  it('server-filesystem serves each of two clients its own project, and neither reads the other’s files', async () => {
    const [one, two] = await Promise.all([inProject('files', a), inProject('files', b)])
    const read = async (client: InstanceClient, path: string): Promise<Json> => client.call('read_text_file', { path })
    expect(textOf(await read(one, join(a, 'alpha.txt')))).toBe('secret of alpha')
    expect(textOf(await read(two, join(b, 'beta.txt')))).toBe('secret of beta')
    for (const refused of [await read(one, join(b, 'beta.txt')), await read(two, join(a, 'alpha.txt'))]) {
      expect(refused['result']).toMatchObject({ isError: true })
      expect(JSON.stringify(refused)).not.toContain('secret')
    }
  })

  it('completes arguments, variables and the folder, each value as it is', async () => {
    const odd = makeProject(place, 'a b; $(touch x) "q" `y` &&')
    const facts = await factsOf(await inProject('repo', odd, { branch: 'x y' }), 'facts')
    expect(facts.args).toEqual([odd, '--branch=x y'])
    expect([facts.cwd, facts.env['OWNER']]).toEqual([odd, 'ann'])
    expect((await factsOf(await inProject('repo', a), 'facts')).args).toEqual([a, '--branch=main'])
  })

  it('shares an instance between clients whose values are the same, unless it is not shareable', async () => {
    const pid = async (server: string, path: string): Promise<number> => (await factsOf(await inProject(server, path), 'facts')).pid
    expect(await pid('repo', a)).toBe(await pid('repo', a))
    expect(await pid('repo', a)).not.toBe(await pid('repo', b))
    expect(await pid('own', a)).not.toBe(await pid('own', a))
  })

  it('serves a modern client by the context of each request, and does not send it on', async () => {
    const client = (path: string): InstanceClient => modernClient(`${gateway.url}/mcp`, { context: { project: { path }, user: { name: 'm' } } })
    expect((await factsOf(client(a), 'repo__facts')).args[0]).toBe(a)
    expect((await factsOf(client(b), 'repo__facts')).args[0]).toBe(b)
    const heard = textOf(await client(a).call('echo__who'))
    expect(heard).toContain('protocolVersion')
    expect(heard).not.toContain('trunkline/context')
  })

  it('names the template, and the values that are missing, where a client has no context', async () => {
    const client = await legacyClient(`${gateway.url}/mcp`)
    const answer = await client.list()
    expect(toolNames(answer).some((name) => name.startsWith('repo__'))).toBe(false)
    expect(missingOf(answer)).toMatchObject({ repo: expect.stringContaining('`project.path`, `user.name`') as string, files: expect.stringContaining('`project.path`') as string })
    const { data, message } = errorOf(await client.call('repo__facts'))
    expect(data?.code).toBe('server_unavailable')
    expect(message).toContain('`project.path`')
  })

  it.each([
    ['an option in the place of an argument', { project: { path: '--inspect=0.0.0.0' } }, 'begins with `-`'],
    ['a path that climbs', { project: { path: '/srv/../etc' } }, '`..`'],
    ['a control character', { project: { path: '/tmp/a\nb' } }, 'control character'],
    ['a folder that is not absolute', { project: { path: 'alpha' } }, 'absolute'],
    ['a value that is no single value', { project: { path: ['/tmp'] } }, '`project.path`'],
  ])('starts nothing for %s, and says why', async (_what, context, reason) => {
    const client = await legacyClient(`${gateway.url}/mcp/repo`, { context: { user: { name: 'ann' }, ...context } })
    expect(missingOf(await client.list())['repo']).toContain(reason)
  })

  it('refuses a context that is none', async () => {
    const response = await fetch(`${gateway.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'x-trunkline-context': '[1]' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }),
    })
    expect(errorOf((await response.json()) as Json).message).toContain('Expected the request context to be a JSON object.')
  })

  it('serves scripts by the context of their request, in a header or in `_meta`, as it does MCP clients', async () => {
    const project = (path: string): string => JSON.stringify({ project: { path }, user: { name: 'ann' } })
    const ask = async (path: string, headers: Record<string, string>, body?: object): Promise<Json> => {
      const response = await fetch(`${gateway.url}${path}`, { headers: { 'content-type': 'application/json', ...headers }, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) })
      return (await response.json()) as Json
    }
    const inHeader = (path: string): Record<string, string> => ({ 'x-trunkline-context': project(path) })
    const argsIn = (text: string): unknown => (JSON.parse(text) as { args: readonly string[] }).args[0]
    const called = (answer: Json): unknown => argsIn(((answer['result'] as Json)['content'] as readonly { text: string }[])[0]?.text ?? '')
    expect(called(await ask('/api/tool-invocations', inHeader(a), { tool: 'repo/facts' }))).toBe(a)
    expect(called(await ask('/api/tool-invocations', inHeader(a), { tool: 'repo/facts', _meta: { 'trunkline/context': JSON.parse(project(b)) as object } }))).toBe(b)
    expect((await ask('/tools/repo/facts', inHeader(b), {}))['args']).toEqual([b, '--branch=main'])
    expect(JSON.stringify(await ask('/api/tools?server=repo', inHeader(a)))).toContain('repo__facts')
    expect(Object.keys((await ask('/tools/repo/openapi.json', inHeader(a)))['paths'] as Json)).toContain('/facts')
    // The rule of trust is the same, and what is no context is refused.
    const missing = await ask('/api/tools?server=repo', { ...inHeader(a), 'x-forwarded-for': '10.0.0.1' })
    expect(missing['items']).toEqual([])
    expect(JSON.stringify(missing['missing'])).toContain('no request context that is believed')
    expect(await ask('/api/tool-invocations', { 'x-trunkline-context': '[1]' }, { tool: 'repo/facts' })).toMatchObject({ error: { class: 'invalid_request', message: 'Expected the request context to be a JSON object.' } })
  })

  it('shows administrators the tools that an instance listed, marked as such, on the wire and on the command line', async () => {
    await factsOf(await inProject('repo', a), 'facts')
    const { items } = (await (await fetch(`${gateway.url}/_meta/tools?server=repo`)).json()) as { items: readonly Json[] }
    expect(items.map(({ tool, state, ofInstance }) => ({ tool, state, ofInstance }))).toEqual(expect.arrayContaining(['facts', 'write', 'read'].map((tool) => ({ tool, state: 'listed', ofInstance: true }))))
    const shared = (await (await fetch(`${gateway.url}/_meta/tools?server=echo`)).json()) as { items: readonly Json[] }
    expect(new Set(shared.items.map(({ ofInstance }) => ofInstance))).toEqual(new Set([false]))
    expect(await (await fetch(`${gateway.url}/_meta/tools/repo/facts`)).json()).toMatchObject({ server: 'repo', tool: 'facts', definition: { name: 'facts' } })
    const { stdout } = await runCli(['tools', '--state', '--url', gateway.url], { cwd: place.directory })
    expect(stdout).toMatch(/^repo\/facts\t\tlisted \(of an instance\)\t/m)
    expect(stdout).toMatch(/^echo\/echo\t\tlisted\t/m)
  })

  it('does not believe a client behind a proxy', async () => {
    const client = await legacyClient(`${gateway.url}/mcp/files`, { context: { project: { path: a } }, headers: { 'x-forwarded-for': '10.0.0.1' } })
    expect(missingOf(await client.list())['files']).toContain('no request context that is believed')
  })
})

describe('template servers for clients with keys', () => {
  it('ignores their contexts and says so in the log once, unless `mcp.trustContext` is set', async () => {
    using place = makePlace()
    const path = makeProject(place, 'gamma')
    const headers = { authorization: 'Bearer anna-key-12345' }
    const auth = { keys: [{ name: 'anna', key: 'anna-key-12345' }] }
    place.write(document({ auth }))
    {
      await using gateway = await startGatewayProcess(place)
      const connect = (): Promise<InstanceClient> => legacyClient(`${gateway.url}/mcp`, { headers, context: { project: { path }, user: { name: 'ann' } } })
      const client = await connect()
      await connect()
      expect(missingOf(await client.list())).toMatchObject({ files: expect.stringContaining('mcp.trustContext') as string, named: expect.stringContaining('`transport.client.name`') as string })
      expect(gateway.log.filter((line) => line.includes('mcp.trustContext'))).toHaveLength(1)
    }
    place.write(document({ auth, mcp: { listWait: 60_000, trustContext: true } }))
    await using gateway = await startGatewayProcess(place)
    const client = await legacyClient(`${gateway.url}/mcp`, { headers, context: { project: { path }, user: { name: 'ann' } } })
    expect((await factsOf(client, 'repo__facts')).args[0]).toBe(path)
    expect((await factsOf(client, 'named__facts')).args).toEqual(['raw', 'anna'])
  })
})

describe('template servers when the configuration changes', () => {
  it('ends the instances of a template that changed and gives the same session new ones', async () => {
    using place = makePlace()
    const path = makeProject(place, 'delta')
    place.write(document())
    await using gateway = await startGatewayProcess(place)
    const client = await legacyClient(`${gateway.url}/mcp/repo`, { context: { project: { path }, user: { name: 'ann' } } })
    const before = await factsOf(client, 'facts')
    place.write({ version: 1, mcp: { listWait: 60_000 }, mcpTemplates: { ...TEMPLATES, repo: notebook('{{project.path}}', 'changed') } })
    await expect.poll(async () => (await factsOf(client, 'facts')).args).toEqual([path, 'changed'])
    expect((await factsOf(client, 'facts')).pid).not.toBe(before.pid)
  })
})
