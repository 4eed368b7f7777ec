/**
 * Prints the recall of `tool_search` by words alone and with a real model, for docs/reference/disclosure.md:
 * `node test/mcp/disclosure/measure-embedding.ts http://127.0.0.1:11434/v1 all-minilm`, with any server of OpenAI's embeddings.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makePlace, startGatewayProcess } from '../../support/gateway-process.ts'
import { hostCatalogue } from './catalogue-host.ts'
import { measureRecall, openSearch, searchFor } from './measure-recall.ts'
import { readCatalogue } from './read-catalogue.ts'
import { QUERY_SETS, readQueries } from './read-queries.ts'

const READY_MS = 300_000
/** No tool has a word of it. */
const NONSENSE = 'qqqqqqqq'

const [baseUrl, model] = process.argv.slice(2)
if (baseUrl === undefined || model === undefined) throw new Error('Expected the address of a server and the name of its model.')

const resolve = createRequire(import.meta.url).resolve
const entry = (name: string): string => join(dirname(resolve(`@modelcontextprotocol/server-${name}/package.json`)), 'dist/index.js')
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const catalogue = await readCatalogue()
await using host = await hostCatalogue(catalogue)
using place = makePlace()
const real = (name: string, tag: string, ...args: readonly string[]): object => ({ command: process.execPath, args: [entry(name), ...args], tags: [tag], env: { MEMORY_FILE_PATH: join(place.directory, 'memory.json') } })
const mcpServers = {
  everything: real('everything', 'demo'),
  filesystem: real('filesystem', 'files', place.directory),
  memory: real('memory', 'notes'),
  thinking: real('sequential-thinking', 'thinking'),
  ...Object.fromEntries(catalogue.map(({ name, tags }) => [name, { url: host.urlOf(name), tags }])),
}
const document = (search: object): object => ({ version: 1, mcpServers, providers: { local: { kind: 'openai-compatible', baseUrl } }, mcp: { listWait: '60s', search } })

for (const [label, search] of [['words', {}], [`words and ${model}`, { embedding: `local/${model}` }]] as const) {
  place.write(document(search))
  await using gateway = await startGatewayProcess(place)
  const client = await openSearch(gateway.url)
  const until = Date.now() + READY_MS
  while (label !== 'words' && (await searchFor(client, NONSENSE)).length === 0) {
    if (Date.now() > until) throw new Error(`Nothing was embedded:\n${gateway.log.filter((line) => line.includes('tool-embedding')).join('\n')}`)
    await sleep(200)
  }
  for (const set of QUERY_SETS) {
    const { recall } = await measureRecall(client, await readQueries(set))
    print(`| ${label} | ${set} | ${recall.map((share) => share.toFixed(3)).join(' | ')} |`)
  }
  for (const line of gateway.log.filter((each) => each.includes('tool-embedding'))) print(line)
}
