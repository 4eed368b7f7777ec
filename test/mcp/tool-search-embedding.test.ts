import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'
import { hostCatalogue, type CatalogueHost } from './disclosure/catalogue-host.ts'
import { openSearch, searchFor } from './disclosure/measure-recall.ts'

const tool = (name: string, description: string): { readonly name: string; readonly description: string; readonly inputSchema: { readonly type: string } } => ({ name, description, inputSchema: { type: 'object' } })
const SERVERS = [
  { name: 'disk', tags: [], tools: [tool('remove_item', 'Delete a file.'), tool('disk_space', 'Says how much room is left.')] },
  { name: 'post', tags: [], tools: [tool('write_letter', 'Send a mail.')] },
]
/** In words that no tool has. */
const FOREIGN = 'Datei löschen'
const BY_WORDS = 'how much room is left'

let host: CatalogueHost
let sim: ProviderSimulator
let place: Place
beforeAll(async () => {
  host = await hostCatalogue(SERVERS)
})
afterAll(() => host[Symbol.asyncDispose]())
beforeEach(async () => {
  sim = await startSimulator({ models: ['embedder'] })
  place = makePlace()
})
afterEach(async () => {
  await sim.close()
  place[Symbol.dispose]()
})

const embeddings = (): readonly { readonly model: string; readonly input: readonly string[] }[] =>
  sim.requests.filter(({ path }) => path === '/v1/embeddings').map(({ body }) => JSON.parse(body.toString()) as { model: string; input: readonly string[] })

function write(search: object, more: object = {}): void {
  const mcpServers = Object.fromEntries(SERVERS.map(({ name }) => [name, { url: host.urlOf(name) }]))
  place.write({ version: 1, mcpServers, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url }, ollama: { kind: 'ollama', baseUrl: sim.origin } }, mcp: { listWait: '20s', search }, ...more })
}

async function find(gateway: GatewayProcess, query: string): Promise<readonly string[]> {
  return searchFor(await openSearch(gateway.url), query)
}

const troubles = ({ log }: GatewayProcess): readonly { readonly reason: string; readonly message: string }[] =>
  log.filter((line) => line.includes('"event":"tool-embedding"')).map((line) => JSON.parse(line) as { reason: string; message: string })

describe('tool_search with an embedding', () => {
  it('asks nobody where none is configured', async () => {
    write({})
    await using gateway = await startGatewayProcess(place)
    expect(await find(gateway, BY_WORDS)).toEqual(['disk__disk_space'])
    expect(await find(gateway, FOREIGN)).toEqual([])
    expect(sim.requests).toEqual([])
  }, 60_000)

  it('finds a tool by words that it does not have, in every mode that searches', async () => {
    write({ embedding: 'sim/embedder' })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(async () => (await find(gateway, FOREIGN))[0], { timeout: 20_000 }).toBe('disk__remove_item')
    expect((await find(gateway, BY_WORDS))[0]).toBe('disk__disk_space')
    const texts = embeddings().flatMap(({ input }) => input)
    expect(texts).toContain('disk: remove item. Delete a file.')
    expect(new Set(texts).size).toBe(texts.length)
    expect(embeddings().every(({ model }) => model === 'embedder')).toBe(true)

    const response = await fetch(`${gateway.url}/mcp?mode=code`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'code_search' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'code_search', arguments: { query: FOREIGN, limit: 1 }, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } }),
    })
    expect(await response.text()).toContain('remove_item')
    const usage = (await (await fetch(`${gateway.url}/_meta/usage`)).json()) as object
    expect(JSON.stringify(usage)).toContain('embedder')
    expect(gateway.log.some((line) => line.includes('"event":"exchange"') && line.includes('"model":"embedder"'))).toBe(true)
    expect(troubles(gateway)).toEqual([])
  }, 60_000)

  it('reaches the model through a public name, takes a reload, and then one of Ollama', async () => {
    write({ embedding: 'meaning' }, { models: { meaning: 'sim/embedder' } })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(() => find(gateway, FOREIGN), { timeout: 20_000 }).toHaveLength(3)
    write({})
    await expect.poll(() => find(gateway, FOREIGN), { timeout: 20_000 }).toEqual([])
    const before = sim.requests.length
    write({ embedding: 'ollama/other' })
    // The tools are embedded when the document is read, before anybody searches.
    await expect.poll(() => embeddings().some(({ model }) => model === 'other'), { timeout: 20_000 }).toBe(true)
    await expect.poll(() => find(gateway, FOREIGN), { timeout: 20_000 }).toHaveLength(3)
    expect(sim.requests.length).toBeGreaterThan(before)
    expect(troubles(gateway)).toEqual([])
  }, 60_000)

  it.each([
    ['sim/embedder?fault=status&status=500', 'upstream_unavailable'],
    ['sim/embedder?fault=malformed', 'upstream_protocol'],
    ['sim/embedder?fault=reset-before-headers', 'upstream_unavailable'],
    ['absent/embedder', 'unknown_model'],
  ])('goes by words with %s, and says so once', async (embedding, reason) => {
    write({ embedding })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(() => troubles(gateway).length, { timeout: 20_000 }).toBe(1)
    for (let time = 0; time < 3; time++) expect(await find(gateway, BY_WORDS)).toEqual(['disk__disk_space'])
    expect(await find(gateway, FOREIGN)).toEqual([])
    expect(troubles(gateway)).toMatchObject([{ reason }])
  }, 60_000)

  it('goes by words while the model hangs over a question', async () => {
    write({ embedding: 'sim/embedder' })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(() => find(gateway, FOREIGN), { timeout: 20_000 }).toHaveLength(3)
    sim.script({ fault: 'hang' })
    expect(await find(gateway, BY_WORDS)).toEqual(['disk__disk_space'])
    expect(await find(gateway, 'how much room')).toEqual(['disk__disk_space'])
    await expect.poll(() => troubles(gateway)).toMatchObject([{ reason: 'slow' }])
    gateway.child.kill('SIGTERM')
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
    expect(gateway.log.filter((line) => /"level":[56]0/.test(line))).toEqual([])
  }, 60_000)

  it('goes by words when vectors have another length than before', async () => {
    write({ embedding: 'sim/embedder' })
    await using gateway = await startGatewayProcess(place)
    await expect.poll(() => find(gateway, FOREIGN), { timeout: 20_000 }).toHaveLength(3)
    sim.script({ dimensions: 16 })
    expect(await find(gateway, BY_WORDS)).toEqual(['disk__disk_space'])
    await expect.poll(() => troubles(gateway)).toMatchObject([{ reason: 'upstream_protocol', message: expect.stringContaining('have 16 numbers now, and had 64') as string }])
  }, 60_000)
})
