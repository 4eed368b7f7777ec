/** Values by key, of which only those that were used last are kept. */
export interface RecentlyUsed<Value> {
  get(key: string, make: () => Value): Value
}

export function createRecentlyUsed<Value extends object>(limit: number): RecentlyUsed<Value> {
  // A map keeps the order of insertion: what is used goes to its end, what is dropped stands first.
  const kept = new Map<string, Value>()
  let newest: string | undefined
  return {
    get(key, make) {
      const known = kept.get(key)
      if (known && key === newest) return known
      newest = key
      const value = known ?? make()
      if (known) kept.delete(key)
      kept.set(key, value)
      const [oldest] = kept.keys()
      if (kept.size > limit && oldest !== undefined) kept.delete(oldest)
      return value
    },
  }
}
