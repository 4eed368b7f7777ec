import { describe, expect, it } from 'vitest'
import { readModels } from './models.ts'

describe('readModels', () => {
  it('reads names and times, and takes what is no list for none', () => {
    expect(readModels({ models: [{ name: 'qwen3:8b', modified_at: '2026-02-19T00:00:00.5+01:00' }, { name: 'a', modified_at: 'never' }, { model: 'x' }] })).toEqual([{ id: 'qwen3:8b', created: 1_771_455_600 }, { id: 'a' }])
    expect(readModels({ models: null })).toBeUndefined()
    expect(readModels([])).toBeUndefined()
  })
})
