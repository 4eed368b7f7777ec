import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { mapLimited } from './map-limited.ts'

describe('mapLimited', () => {
  it('runs no more than the limit at a time and keeps the order', async () => {
    let running = 0
    let most = 0
    const results = await mapLimited([5, 1, 4, 2, 3, 0], 2, async (item) => {
      most = Math.max(most, ++running)
      for (let turns = 0; turns < item; turns++) await turn()
      running--
      return item * 10
    })
    expect(results).toEqual([50, 10, 40, 20, 30, 0])
    expect(most).toBe(2)
  })

  it('rejects with the first failure', async () => {
    await expect(mapLimited([1, 2, 3], 2, (item) => (item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item)))).rejects.toThrow('two')
  })
})
