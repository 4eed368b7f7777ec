import { Buffer } from 'node:buffer'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { McpServerId } from '../../src/domain/ids.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../../src/domain/mcp-server.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { hostCatalogue, type CatalogueHost } from './disclosure/catalogue-host.ts'
import { measureRecall } from './disclosure/measure-recall.ts'
import { readCatalogue } from './disclosure/read-catalogue.ts'
import { QUERY_SETS, readQueries } from './disclosure/read-queries.ts'
import { createUpstream, http, stdio } from './upstream-fixture.ts'

const resolve = createRequire(import.meta.url).resolve
const entry = (name: string): string => join(dirname(resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js')

let folder: string
let host: CatalogueHost
let gateway: McpGateway

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-recall-'))
  const servers = await readCatalogue()
  host = await hostCatalogue(servers)
  const definition = (id: string, tags: readonly string[]): { readonly definition: Partial<McpServerDefinition> } => ({ definition: { id: id as McpServerId, era: 'legacy', tags } })
  const real = (id: string, ...args: readonly string[]): McpTransportDefinition => stdio(process.execPath, [entry(`server-${id}`), ...args], { env: { MEMORY_FILE_PATH: join(folder, 'memory.json') } })
  gateway = await startMcpGateway({
    upstreams: [
      createUpstream(real('everything'), definition('everything', ['demo'])),
      createUpstream(real('filesystem', folder), definition('filesystem', ['files'])),
      createUpstream(real('memory'), definition('memory', ['notes'])),
      createUpstream(real('sequential-thinking'), definition('thinking', [])),
      ...servers.map(({ name, tags }) => createUpstream(http(host.urlOf(name)), definition(name, tags))),
    ],
  })
})

afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const open = (mode: string): Promise<RawClient> => connectRaw(`${gateway.url}/mcp?mode=${mode}`)

async function listOf(mode: string): Promise<{ readonly tools: readonly Json[]; readonly cost: { readonly tokens: number; readonly fullTokens: number } }> {
  const { answer } = await (await open(mode)).request({ id: 1, method: 'tools/list' })
  const { tools, _meta } = answer['result'] as { tools: Json[]; _meta: Record<string, unknown> }
  return { tools, cost: _meta['trunkline/cost'] as { tokens: number; fullTokens: number } }
}

const reference = (): Promise<string> => readFile(new URL('../../docs/reference/disclosure.md', import.meta.url), 'utf8')

const print = (line: string): void => void process.stdout.write(`${line}\n`)

describe('disclosure over more than 500 tools', () => {
  it('labels only tools that are there', async () => {
    const known = new Set((await listOf('full')).tools.map(({ name }) => name as string))
    const labelled = (await Promise.all(QUERY_SETS.map(readQueries))).flat()
    expect(known.size).toBeGreaterThanOrEqual(500)
    expect(labelled.length).toBeGreaterThanOrEqual(200)
    expect(labelled.flatMap((one) => one.expect).filter((name) => !known.has(name))).toEqual([])
  })

  it.each([
    ['queries', 0.85],
    // Written after the ranking was finished, and never looked at to change it.
    ['queries-unseen', 0.9],
    // Words alone do not understand them; it is here to be compared with.
    ['queries-languages', 0.25],
  ] as const)('finds the right tool among the first five of tool_search for %s', async (name, least) => {
    const queries = await readQueries(name)
    const { recall, misses } = await measureRecall(await open('search'), queries)
    print(`${name}: ${queries.length} queries, recall@1 ${recall[0].toFixed(3)}, recall@5 ${recall[1].toFixed(3)}, recall@10 ${recall[2].toFixed(3)}`)
    expect(recall[1], misses.join('\n')).toBeGreaterThanOrEqual(least)
    expect(await reference()).toContain(`| ${queries.length} | ${recall.map((share) => share.toFixed(3)).join(' | ')} |`)
  })

  it('shows a first list that costs less than a hundredth of the full one', async () => {
    const full = await listOf('full')
    expect(full.cost.tokens).toBe(full.cost.fullTokens)
    for (const mode of ['lazy', 'search', 'code']) {
      const list = await listOf(mode)
      print(`${mode}: ${list.tools.length} tools, ${list.cost.tokens} tokens; full: ${full.tools.length} tools, ${full.cost.tokens} tokens`)
      expect(await reference()).toContain(`| \`${mode}\` | ${list.tools.length} | ${list.cost.tokens} |`)
      expect(list.cost.fullTokens).toBe(full.cost.tokens)
      expect(list.cost.tokens * 100).toBeLessThan(full.cost.tokens)
    }
  })

  it('declares what it finds in code mode in fewer tokens than definitions take', async () => {
    const [client, coder] = [await open('search'), await open('code')]
    const tokens = { tool_search: 0, code_search: 0 }
    const queries = await readQueries('queries-unseen')
    for (const { query } of queries) {
      for (const [name, asked] of [['tool_search', client], ['code_search', coder]] as const) {
        const { answer } = await asked.request({ id: 1, method: 'tools/call', params: { name, arguments: { query } } })
        tokens[name] += Math.ceil(Buffer.byteLength((answer['result'] as { content: readonly { text: string }[] }).content[0]?.text ?? '') / 4)
      }
    }
    const mean = { search: Math.round(tokens.tool_search / queries.length), code: Math.round(tokens.code_search / queries.length) }
    print(`a search: ${mean.search} tokens, in code mode ${mean.code}`)
    expect(mean.code).toBeLessThan(mean.search)
    expect(await reference()).toContain(`a search answers with ${mean.search} tokens on average, in code mode with ${mean.code}`)
  })
})
