import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { batchLines } from './batch-lines.ts'

describe('batchLines', () => {
  it('writes the lines of one turn at once, in order, and large ones without waiting', async () => {
    const written: string[] = []
    const batch = batchLines({ write: (text) => written.push(text) })
    for (const line of ['a\n', 'b\n', 'c\n']) batch.write(line)
    expect(written).toEqual([])
    await turn()
    expect(written).toEqual(['a\nb\nc\n'])
    batch.write('x'.repeat(70_000))
    expect(written).toHaveLength(2)
    batch.write('last\n')
    batch.flush()
    await turn()
    expect(written.slice(2)).toEqual(['last\n'])
  })
})
