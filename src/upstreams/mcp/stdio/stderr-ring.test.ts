import { describe, expect, it } from 'vitest'
import { createStderrRing } from './stderr-ring.ts'

describe('createStderrRing', () => {
  it('keeps the newest bytes, from a whole line on', () => {
    const ring = createStderrRing(100)
    for (let line = 0; line < 1000; line++) ring.push(Buffer.from(`line ${line}\n`))
    expect(ring.text().length).toBeLessThanOrEqual(100)
    expect(ring.text()).toMatch(/^line 9\d\d\n(line \d+\n)*line 999\n$/)
  })

  it('takes a chunk that is larger than itself', () => {
    const ring = createStderrRing(10)
    ring.push(Buffer.from('abcdefghijklmnop\nend\n'))
    expect(ring.text()).toBe('end\n')
  })

  it('gives the last words without control characters, stack frames and noise', () => {
    const ring = createStderrRing()
    ring.push(Buffer.from('\u001b[31mTypeError: broken\u001b[0m\n    at main (file.js:1:2)\n}\n\nNode.js v24.1.0\n'))
    expect(ring.lastLine()).toBe('TypeError: broken')
    expect(createStderrRing().lastLine()).toBeUndefined()
  })
})
