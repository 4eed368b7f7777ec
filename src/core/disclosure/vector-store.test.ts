import { describe, expect, it } from 'vitest'
import { createVectorStore } from './vector-store.ts'

const vector = (...values: readonly number[]): Float32Array => Float32Array.from(values)

describe('createVectorStore', () => {
  it('tells how near each is, in the order of the keys, and nothing when one is missing', () => {
    const store = createVectorStore(2)
    store.put('x', vector(1, 0))
    store.put('y', vector(0, 1))
    expect([...(store.nearness(['y', 'x', 'y'], vector(0.5, 0.25)) ?? [])]).toEqual([0.25, 0.5, 0.25])
    expect(store.nearness(['x', 'z'], vector(1, 0))).toBeUndefined()
  })

  it('keeps its vectors while it grows', () => {
    const store = createVectorStore(3)
    const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
    for (const [index, key] of keys.entries()) store.put(key, vector(index, 1, 0))
    expect([...(store.nearness(keys, vector(1, 0, 0)) ?? [])]).toEqual(keys.map((_, index) => index))
  })

  it('lets go of what was wanted longest ago, and uses its place', () => {
    const store = createVectorStore(1, 2)
    store.put('a', vector(1))
    store.put('b', vector(2))
    store.touch('a')
    store.put('c', vector(3))
    expect(['a', 'b', 'c'].map((key) => store.has(key))).toEqual([true, false, true])
    expect([...(store.nearness(['a', 'c'], vector(1)) ?? [])]).toEqual([1, 3])
    store.put('c', vector(4))
    expect([...(store.nearness(['a', 'c'], vector(1)) ?? [])]).toEqual([1, 4])
  })

  it('has room for as many as fit into its memory', () => {
    expect(createVectorStore(384).capacity).toBe(20_000)
    expect(createVectorStore(4_096).capacity).toBe(4_096)
  })
})
