import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCliFolder, runCli, type CliFolder } from '../cli/run-cli.ts'
import { CONTRACT_COMMAND, contractEntry, startMcpo } from './mcpo-process.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const post = (url: string, body = '{}', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
const status = async (url: string): Promise<number> => (await post(url)).status

/** Answers with its variable, so that a test sees what a server was given. */
const TELLER = `require('readline').createInterface({input:process.stdin}).on('line',(line)=>{const a=JSON.parse(line);if(a.id===undefined)return;
const r=a.method==='initialize'?{protocolVersion:'2025-06-18',capabilities:{tools:{}},serverInfo:{name:'teller',version:'1'}}:a.method==='tools/list'?{tools:[{name:'tell',inputSchema:{type:'object'}}]}:{content:[{type:'text',text:JSON.stringify([process.env.A,process.env.B,process.env.C,process.env.SECRET])}]};
console.log(JSON.stringify({jsonrpc:'2.0',id:a.id,result:r}))})`

describe('trunkline mcpo', () => {
  it('adds, changes and removes servers while it runs', async () => {
    const write = (mcpServers: object): string => folder.write('mcpo.json', JSON.stringify({ mcpServers }))
    const config = write({ one: contractEntry(), gone: contractEntry() })
    await using running = await startMcpo(folder, ['--config', config, '--hot-reload'])
    expect(await Promise.all(['one/echo', 'gone/one_text', 'new/one_text'].map((path) => status(`${running.url}/${path}`)))).toEqual([422, 200, 404])
    write({ one: contractEntry({ disabledTools: ['echo'] }), new: contractEntry() })
    await expect.poll(() => status(`${running.url}/new/one_text`)).toBe(200)
    await expect.poll(() => status(`${running.url}/one/echo`)).toBe(404)
    expect(await status(`${running.url}/gone/one_text`)).toBe(404)
  })

  it('listens at once although a server never answers, and says why a dead one is missing', async () => {
    const config = folder.write('mcpo.json', JSON.stringify({
      mcpServers: { mute: { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }, dead: { command: 'no-such-program-anywhere' }, good: contractEntry() },
    }))
    await using running = await startMcpo(folder, ['--config', config])
    expect(await status(`${running.url}/good/one_text`)).toBe(200)
    const answer = await post(`${running.url}/dead/anything`)
    expect([answer.status, await answer.json()]).toEqual([503, { detail: { message: expect.stringContaining('no-such-program-anywhere') as string, data: { code: 'server_unavailable', requestId: expect.any(String) as string } } }])
  })

  it('gives servers the variables of --env and --env-path and no others', async () => {
    const file = folder.write('vars', 'A=from-file\nB="two words"\n')
    const args = ['--env', 'C=a=b', '-e', 'PASSED', '--env-path', file, '--', process.execPath, '-e', TELLER.replace('process.env.A', 'process.env.PASSED')]
    await using running = await startMcpo(folder, args, { SECRET: 'no', PASSED: 'yes' })
    expect(await (await post(`${running.url}/tell`)).json()).toEqual(['yes', 'two words', 'a=b', null])
  })

  it('reaches one remote server with headers', async () => {
    const seen: (string | undefined)[] = []
    const remote = createServer((request, response) => {
      seen.push(request.headers['x-token'] as string | undefined)
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
        const asked = request.method === 'POST' ? (JSON.parse(Buffer.concat(pieces).toString()) as { id?: number; method: string }) : undefined
        if (asked?.id === undefined) return void response.writeHead(request.method === 'POST' ? 202 : 405).end()
        const result = asked.method === 'initialize' ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'far', version: '2' } } : asked.method === 'tools/list' ? { tools: [{ name: 'hi', inputSchema: { type: 'object' } }] } : asked.method === 'tools/call' ? { content: [{ type: 'text', text: 'far away' }] } : undefined
        const body = result ? { result } : { error: { code: -32601, message: 'Method not found' } }
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...body }))
      })
    })
    await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
    const { port } = remote.address() as AddressInfo
    try {
      await using running = await startMcpo(folder, ['--type', 'streamable_http', '--header', '{"X-Token":"t1"}', '--', `http://127.0.0.1:${port}/mcp`])
      expect(await (await post(`${running.url}/hi`)).json()).toBe('far away')
      expect(new Set(seen)).toEqual(new Set(['t1']))
    } finally {
      remote.closeAllConnections()
      remote.close()
    }
  })

  it('uses texts and the root path of its flags', async () => {
    const config = folder.write('mcpo.json', JSON.stringify({ mcpServers: { one: contractEntry() } }))
    await using running = await startMcpo(folder, ['-c', config, '-n', 'N', '-d', 'D', '-v', '9', '--root-path', '/proxy', '--path-prefix', 'p'])
    await post(`${running.url}/p/one/one_text`)
    const root: unknown = await (await fetch(`${running.url}/openapi.json`)).json()
    expect(root).toMatchObject({ info: { title: 'N', description: 'D\n\n- **available tools**：\n    - [one](/p/one/docs)', version: '9' }, servers: [{ url: '/proxy' }] })
    expect(await (await fetch(`${running.url}/p/one/openapi.json`)).json()).toMatchObject({ servers: [{ url: '/proxy/p/one' }] })
    const redirected = await fetch(`${running.url}/p/one/one_text/`, { method: 'POST', redirect: 'manual', body: '{}' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([307, '/proxy/p/one/one_text'])
  })

  it('serves every network and every page for a key, and neither without one', async () => {
    const origin = { origin: 'https://page.example' }
    await using running = await startMcpo(folder, ['--api-key', 'topsecret', '--', ...CONTRACT_COMMAND])
    expect(running.stderr()).toContain('http://0.0.0.0:')
    const allowed = await post(`${running.url}/one_text`, '{}', { ...origin, authorization: 'Bearer topsecret' })
    expect([allowed.status, allowed.headers.get('access-control-allow-origin'), allowed.headers.get('access-control-allow-credentials')]).toEqual([200, origin.origin, null])
    using other = createCliFolder()
    await using bare = await startMcpo(other, ['--', ...CONTRACT_COMMAND])
    expect(bare.stderr()).toContain('http://127.0.0.1:')
    expect((await post(`${bare.url}/one_text`, '{}', origin)).status).toBe(403)
  })

  it.each([
    [['--env', 'NOT_SET_ANYWHERE', '--', 'x'], /Expected `--env NAME=value`/],
    [['--header', 'nonsense', '--type', 'sse', '--', 'http://127.0.0.1:1/sse'], /Expected `--header` to be a JSON object/],
    [[], /Expected a server/],
    [['--config', 'mcpo.json', '--', 'x'], /found both/],
    [['--ssl-certfile', 'cert.pem', '--', 'x'], /not supported/],
    [['--type', 'carrier-pigeon', '--', 'x'], /carrier-pigeon/],
  ])('refuses %j', async (args, message) => {
    const outcome = await runCli(['mcpo', ...args], { cwd: folder.path })
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringMatching(message)])
  })
})
