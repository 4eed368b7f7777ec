import { createServer, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorkspaceWeb } from '../../src/domain/workspace.ts'
import type { ResolveName } from '../../src/lib/guarded-fetch.ts'
import { openTestWorkspace, type ToolAnswer, WEB } from './open-test-workspace.ts'

const PAGES: Readonly<Record<string, (answer: ServerResponse, port: number) => void>> = {
  '/page': (answer) => answer.setHeader('content-type', 'text/html; charset=utf-8').end('<head><title>T</title></head><h1>Title &amp; more</h1><p>Some <b>bold</b> <a href="/x">link</a><script>evil()</script></p><ul><li>one</li><li>two</li></ul><pre>a\n  b</pre>'),
  '/same': (answer) => answer.writeHead(302, { location: '/page' }).end(),
  '/other': (answer) => answer.writeHead(302, { location: 'https://example.org/there' }).end(),
  '/inside': (answer, port) => answer.writeHead(307, { location: `http://localhost.test:${port}/page` }).end(),
  '/loopback': (answer, port) => answer.writeHead(301, { location: `http://127.0.0.2:${port}/page` }).end(),
  '/file': (answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/loop': (answer) => answer.writeHead(302, { location: '/loop' }).end(),
  '/big': (answer) => answer.setHeader('content-type', 'text/plain').end('x'.repeat(200_000)),
  '/bomb': (answer) => answer.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
  '/binary': (answer) => answer.setHeader('content-type', 'application/octet-stream').end('x'),
  '/missing': (answer) => answer.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here'),
  '/search': (answer) => answer.setHeader('content-type', 'application/json').end(JSON.stringify({ results: [{ title: 'A', url: 'https://a.test/1', content: 'text of A' }, { title: 'B', url: 'https://b.test/2' }] })),
}

let server: Server
let port: number
let hits: string[]
beforeEach(async () => {
  hits = []
  server = createServer((request, answer) => {
    hits.push(request.url ?? '')
    const page = PAGES[URL.parse(request.url ?? '', 'http://x')?.pathname ?? '']
    if (page) page(answer, port)
    else answer.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function get(url: string, web: Partial<WorkspaceWeb> = {}, resolveName?: ResolveName, prompt?: string): Promise<ToolAnswer> {
  await using space = await openTestWorkspace({ web: { ...WEB, ...web } }, resolveName ? { resolveName } : {})
  return await space.call('WebFetch', { url, ...(prompt === undefined ? {} : { prompt }) })
}
const LOCAL = { allowAddresses: ['127.0.0.1'] }
const here = (path: string): string => `http://127.0.0.1:${port}${path}`

describe('WebFetch', () => {
  it('gives pages as Markdown, with the question before them', async () => {
    const { text } = await get(here('/page'), LOCAL, undefined, 'What is it?')
    expect(text).toBe(`[You wanted to know: What is it?]\n\n# Title & more\n\nSome **bold** [link](http://127.0.0.1:${port}/x)\n\n- one\n- two\n\n\`\`\`\na\n  b\n\`\`\``)
  })

  it('follows redirects on the host, reports others, and says why a page is none', async () => {
    expect((await get(here('/same'), LOCAL)).text).toContain('# Title')
    expect((await get(here('/other'), LOCAL)).text).toContain('REDIRECT DETECTED: The URL redirects to a different host.')
    expect((await get(here('/other'), LOCAL)).text).toContain('Redirect URL: https://example.org/there')
    expect((await get(here('/loop'), LOCAL)).text).toContain('redirects too often')
    expect((await get(here('/binary'), LOCAL)).text).toContain('not text')
    expect(await get(here('/missing'), LOCAL)).toMatchObject({ isError: true, text: expect.stringContaining('404') as string })
  })

  it('limits what it takes in, also when it is compressed (threats T29)', async () => {
    for (const path of ['/big', '/bomb']) expect(await get(here(path), LOCAL)).toMatchObject({ isError: true })
  })

  it('asks allowed domains only, with their subdomains', async () => {
    const local: ResolveName = (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
    const rules = { ...LOCAL, allowDomains: ['good.test'], denyDomains: ['bad.good.test'] }
    expect((await get(`http://www.good.test:${port}/page`, rules, local)).isError).toBe(false)
    for (const host of ['bad.good.test', 'x.bad.good.test', 'evilgood.test', 'good.test.evil', '127.0.0.1']) {
      expect(await get(`http://${host}:${port}/page`, rules, local)).toMatchObject({ isError: true, text: expect.stringMatching(/denied|not allowed/) as string })
    }
    expect(hits).toEqual(['/page'])
  })
})

describe('addresses that are not public (threats T26)', () => {
  it('are refused however they are written, without a connection', async () => {
    const hosts = [
      '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '127.0.0.1.', '１２７.０.０.１', '0.0.0.0', '0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]',
      '[64:ff9b::7f00:1]', '[64:ff9b::a9fe:a9fe]', '[2002:7f00:1::]', '[fe80::1]', '[fc00::1]', '[fd12::1]', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '169.254.169.254', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '192.0.0.1',
      '198.18.0.1', '224.0.0.1', '255.255.255.255', 'localhost',
    ]
    for (const host of hosts) {
      const { text, isError } = await get(`http://${host}:${port}/page`)
      expect(`${host} ${isError}: ${text}`).toMatch(/ true: .*(?:not a public address|Expected a complete address)/)
    }
    for (const url of [`http://user:pw@example.com/`, 'file:///etc/passwd', 'ftp://example.com/', 'javascript:alert(1)', 'data:text/plain,x', 'gopher://x/', 'nonsense', `http://example.com\\@127.0.0.1:${port}/`, `http://127.0.0.1:${port}\\@example.com/`]) {
      const { isError } = await get(url, { denyDomains: ['example.com'] })
      expect(`${url}: ${isError}`).toBe(`${url}: true`)
    }
    expect(hits).toEqual([])
  })

  it('are refused behind redirects', async () => {
    const localhost: ResolveName = (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
    for (const path of ['/loopback', '/file']) expect(await get(here(path), LOCAL, localhost)).toMatchObject({ isError: true, text: expect.stringContaining('Refused') as string })
    expect((await get(here('/inside'), LOCAL, localhost)).text).toContain('REDIRECT DETECTED')
    expect(hits).toEqual(['/loopback', '/file', '/inside'])
  })

  it('are refused when a name resolves to them, now or a moment later (DNS rebinding)', async () => {
    const mixed: ResolveName = (_name, done) => done(null, [{ address: '93.184.216.34', family: 4 }, { address: '127.0.0.1', family: 4 }])
    expect((await get(`http://rebind.test:${port}/page`, {}, mixed)).text).toContain('rebind.test is not a public address')
    let asked = 0
    // The first answer is allowed and is what the connection goes to; there is no second look that could give another.
    const flipping: ResolveName = (_name, done) => done(null, [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.9', family: 4 }])
    expect((await get(`http://rebind.test:${port}/page`, LOCAL, flipping)).isError).toBe(false)
    expect(asked).toBe(1)
  })
})

describe('WebSearch', () => {
  it.each(['searxng', 'tavily', 'brave'] as const)('asks %s, and leaves out what is not wanted', async (provider) => {
    const base = { provider, url: here('/search'), apiKey: 'key-of-the-search' }
    await using space = await openTestWorkspace({ web: { ...WEB, denyDomains: ['b.test'], search: base } })
    const answer = await space.call('WebSearch', { query: 'trunk lines' })
    if (provider === 'brave') return expect(answer.text).toContain('Links: []')
    expect(answer.text).toBe('Web search results for query: "trunk lines"\n\nLinks: [{"title":"A","url":"https://a.test/1"}]\n\nA\nhttps://a.test/1\ntext of A')
    expect((await space.call('WebSearch', { query: 'xx', blocked_domains: ['a.test'] })).text).toContain('Links: []')
  })

  it('says that a provider fails, without its key', async () => {
    await using space = await openTestWorkspace({ web: { ...WEB, search: { provider: 'brave', url: here('/missing'), apiKey: 'key-of-the-search' } } })
    const { text, isError } = await space.call('WebSearch', { query: 'xx' })
    expect([isError, text]).toEqual([true, 'The search provider brave answered 404.'])
  })
})
