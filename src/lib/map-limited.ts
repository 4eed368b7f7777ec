/** Like `Promise.all` over a map, with at most `limit` of them at a time. Results are in the order of the items. */
export async function mapLimited<Item, Result>(items: readonly Item[], limit: number, run: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  const rest = items.entries()
  const work = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return results
}
