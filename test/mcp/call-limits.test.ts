import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { createCliFolder, startGateway, type CliFolder } from '../cli/run-cli.ts'
import { modernRequest, type Json } from '../support/mcp-raw-client.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const node = (name: 'slow' | 'huge' | 'crash' | 'echo', args: readonly string[], more: Json = {}): Json => ({ command: process.execPath, args: [testServerPath(name), ...args], ...more })
const write = (mcpServers: Json, mcp: Json = {}): void => void folder.write('trunkline.json', JSON.stringify({ version: 1, mcp, mcpServers }))

async function call(url: string, name: string, given: Json = {}): Promise<Json> {
  return (await modernRequest(`${url}/mcp`, { method: 'tools/call', params: { name, arguments: given } })).answer
}

async function ready(url: string, name: string): Promise<void> {
  const names = async (): Promise<readonly unknown[]> => ((await modernRequest(`${url}/mcp`, { method: 'tools/list' })).answer['result'] as { tools: Json[] }).tools.map((tool) => tool['name'])
  await expect.poll(names).toContain(name)
}

const callsOf = async (url: string, query: string): Promise<readonly Json[]> => ((await (await fetch(`${url}/_meta/calls${query}`)).json()) as { items: Json[] }).items

describe('limits of a server', () => {
  it('run so many calls at one time, let so many wait, and refuse the others with what cures it', async () => {
    write({ slow: node('slow', ['--list-delay', '0', '--call-delay', '3000'], { limits: { concurrency: 2, queue: 1, queueTimeout: 60_000 } }) })
    await using gateway = await startGateway(folder)
    const { url } = gateway
    await ready(url, 'slow__slow')
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(url, 'slow__slow')))
    const refused = answers.filter((answer) => answer['error'] !== undefined)
    expect(answers.length - refused.length).toBe(3)
    expect(refused).toHaveLength(2)
    for (const answer of refused) {
      expect(answer).toMatchObject({ error: { data: { code: 'overloaded', retryAfterMs: 1000 }, message: 'MCP server `slow` has 2 calls running and 1 waiting, which is all that it may have. Try again when one has ended, or raise `mcpServers.slow.limits.concurrency` or `mcpServers.slow.limits.queue`.' } })
    }
    expect(await call(url, 'slow__slow')).toMatchObject({ result: { content: [{ text: 'done' }] } })
    expect((await callsOf(url, '?class=overloaded')).length).toBe(2)
  })

  it('a call does not wait for its turn for ever', async () => {
    write({ slow: node('slow', ['--list-delay', '0', '--call-delay', '4000'], { limits: { concurrency: 1, queueTimeout: 100 } }) })
    await using gateway = await startGateway(folder)
    const { url } = gateway
    await ready(url, 'slow__slow')
    const answers = [call(url, 'slow__slow'), call(url, 'slow__slow')]
    expect(await Promise.race(answers)).toMatchObject({ error: { message: expect.stringContaining('The call waited 100 ms for its turn') } })
    expect((await Promise.all(answers)).filter((answer) => answer['error'] === undefined)).toMatchObject([{ result: { content: [{ text: 'done' }] } }])
  })

  it('a result that is too long becomes a failure that names size and limit', async () => {
    write({ huge: node('huge', [], { limits: { resultBytes: '10KB' } }) })
    await using gateway = await startGateway(folder)
    const { url } = gateway
    await ready(url, 'huge__big')
    expect(await call(url, 'huge__big', { bytes: 5000 })).toMatchObject({ result: { content: [{ text: 'y'.repeat(5000) }] } })
    const answer = await call(url, 'huge__big', { bytes: 50_000 })
    expect(answer).toMatchObject({ result: { isError: true, resultType: 'complete', content: [{ type: 'text', text: expect.stringMatching(/^The result of `big` is 500\d\d bytes long, more than the 10240 of `mcpServers\.huge\.limits\.resultBytes`/) }] } })
    expect(JSON.stringify(answer).length).toBeLessThan(1000)
    expect(await callsOf(url, '?class=result_too_large')).toHaveLength(1)
  })
})

describe('retries of a server', () => {
  it('repeat a call of a tool that may be repeated after the server broke, and no other', async () => {
    const server = (more: Json): Json => node('crash', ['--after', '2'], { retries: 2, ...more })
    write({ safe: server({ tools: { work: { annotations: { idempotentHint: true } } } }), unsafe: server({}) })
    await using gateway = await startGateway(folder)
    const { url } = gateway
    await ready(url, 'safe__work')
    await ready(url, 'unsafe__work')
    const outcomes = async (name: string): Promise<readonly string[]> => {
      const all: string[] = []
      for (let made = 0; made < 4; made++) all.push((await call(url, name))['error'] === undefined ? 'answered' : 'failed')
      return all
    }
    expect(await outcomes('safe__work')).toEqual(['answered', 'answered', 'answered', 'answered'])
    expect(await outcomes('unsafe__work')).toContain('failed')
    const [repeated] = (await callsOf(url, '?server=safe')).filter(({ attempts }) => Number(attempts) > 1)
    expect(repeated).toMatchObject({ outcome: 'answered', name: 'work' })
    expect((await callsOf(url, '?server=unsafe')).every(({ attempts }) => attempts === 1)).toBe(true)
  })
})

describe('the record of calls', () => {
  it('survives a stop at once after the answer, and keeps arguments only when asked', async () => {
    write({ demo: { builtin: 'demo' } }, { audit: { arguments: true } })
    {
      await using gateway = await startGateway(folder)
      await ready(gateway.url, 'demo__add')
      await call(gateway.url, 'demo__add', { a: 1, b: 2 })
      gateway.process.kill('SIGTERM')
      expect((await gateway.outcome).code).toBe(0)
    }
    write({ demo: { builtin: 'demo' } }, { audit: { enabled: false } })
    await using again = await startGateway(folder)
    await ready(again.url, 'demo__add')
    await call(again.url, 'demo__add', { a: 3, b: 4 })
    expect(await callsOf(again.url, '')).toMatchObject([{ server: 'demo', name: 'add', outcome: 'answered', arguments: { a: 1, b: 2 } }])
  })
})
