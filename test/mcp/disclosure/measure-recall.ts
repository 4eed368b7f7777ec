import { connectRaw, type RawClient } from '../../support/mcp-raw-client.ts'
import type { Labelled } from './read-queries.ts'

export interface Recall {
  /** Of the first, the first five and the first ten. */
  readonly recall: readonly [one: number, five: number, ten: number]
  /** Queries without a right tool among the first five, with what was found instead. */
  readonly misses: readonly string[]
}

export async function searchFor(client: RawClient, query: string): Promise<readonly string[]> {
  const { answer } = await client.request({ id: 1, method: 'tools/call', params: { name: 'tool_search', arguments: { query, limit: 10 } } })
  const { content } = answer['result'] as { content: readonly { text: string }[] }
  const { tools } = JSON.parse(content[0]?.text ?? '') as { tools: readonly { name: string }[] }
  return tools.map(({ name }) => name)
}

export const openSearch = (url: string): Promise<RawClient> => connectRaw(`${url}/mcp?mode=search`)

/** How often `tool_search` finds a right tool. */
export async function measureRecall(client: RawClient, queries: readonly Labelled[]): Promise<Recall> {
  const ranks: number[] = []
  const misses: string[] = []
  for (const { query, expect: right } of queries) {
    const found = await searchFor(client, query)
    const rank = found.findIndex((name) => right.includes(name))
    ranks.push(rank < 0 ? Number.POSITIVE_INFINITY : rank)
    if (rank < 0 || rank >= 5) misses.push(`${query} → ${found.slice(0, 3).join(' ')}`)
  }
  const within = (depth: number): number => ranks.filter((rank) => rank < depth).length / ranks.length
  return { recall: [within(1), within(5), within(10)], misses }
}
