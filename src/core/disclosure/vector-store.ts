/** What vectors may take in memory, all together. */
const MAX_BYTES = 64 * 1024 * 1024
const MAX_VECTORS = 20_000

function product(row: Float32Array, vector: Float32Array): number {
  const { length } = vector
  let sum = 0
  for (let place = 0; place < length; place++) sum += (row[place] as number) * (vector[place] as number)
  return sum
}

/** Vectors of one length by key, in one array. Of more than it holds, those that were wanted longest ago go. */
export interface VectorStore {
  readonly capacity: number
  has(key: string): boolean
  /** Keeps a vector from going soon. */
  touch(key: string): void
  /** The vector's length is that of the store. */
  put(key: string, vector: Float32Array): void
  /** How near each is to a vector, from -1 to 1; undefined unless all of them are there. */
  nearness(keys: readonly string[], vector: Float32Array): Float32Array | undefined
}

export function createVectorStore(length: number, most: number = MAX_VECTORS): VectorStore {
  const capacity = Math.max(1, Math.min(most, Math.floor(MAX_BYTES / (length * Float32Array.BYTES_PER_ELEMENT))))
  // A map keeps the order of insertion: what was wanted longest ago stands first.
  const rows = new Map<string, number>()
  let values = new Float32Array(Math.min(capacity, 64) * length)

  function freeRow(): number {
    if (rows.size < capacity) return rows.size
    const [oldest] = rows
    if (!oldest) return 0
    rows.delete(oldest[0])
    return oldest[1]
  }

  function makeRoom(row: number): void {
    if ((row + 1) * length <= values.length) return
    const grown = new Float32Array(Math.min(capacity, Math.max(row + 1, (values.length / length) * 2)) * length)
    grown.set(values)
    values = grown
  }

  return {
    capacity,
    has: (key) => rows.has(key),
    touch(key) {
      const row = rows.get(key)
      if (row === undefined) return
      rows.delete(key)
      rows.set(key, row)
    },
    put(key, vector) {
      const row = rows.get(key) ?? freeRow()
      rows.delete(key)
      makeRoom(row)
      values.set(vector, row * length)
      rows.set(key, row)
    },
    nearness(keys, vector) {
      const found = new Float32Array(keys.length)
      for (const [index, key] of keys.entries()) {
        const row = rows.get(key)
        if (row === undefined) return undefined
        found[index] = product(values.subarray(row * length, (row + 1) * length), vector)
      }
      return found
    },
  }
}
