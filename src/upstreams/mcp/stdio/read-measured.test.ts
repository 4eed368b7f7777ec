import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readMeasured } from './read-measured.ts'

describe('readMeasured', () => {
  it('reads all of it, and pauses in between when it is much', async () => {
    const chunks = Array.from({ length: 24 }, () => Buffer.alloc(64 * 1024, 'x'))
    const stream = Readable.from(chunks, { objectMode: false })
    let bytes = 0
    let pauses = 0
    stream.on('pause', () => pauses++)
    readMeasured(stream, (chunk) => (bytes += chunk.length))
    await new Promise((resolve) => stream.once('end', resolve))
    expect(bytes).toBe(24 * 64 * 1024)
    expect(pauses).toBeGreaterThanOrEqual(2)
  })

  it('does not pause for little', async () => {
    const stream = Readable.from([Buffer.from('one\n'), Buffer.from('two\n')], { objectMode: false })
    let pauses = 0
    stream.on('pause', () => pauses++)
    const said: string[] = []
    readMeasured(stream, (chunk) => said.push(chunk.toString()))
    await new Promise((resolve) => stream.once('end', resolve))
    expect(said.join('')).toBe('one\ntwo\n')
    expect(pauses).toBe(0)
  })
})
