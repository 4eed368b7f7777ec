import { describe, expect, it } from 'vitest'
import { SharedText, sharePart } from './shared-text.ts'

describe('SharedText', () => {
  it('is the same as text and as bytes, also within other text', () => {
    const part = sharePart('"größe":["€"]')
    const text = new SharedText('{"a":"ü",', part, ',"z":1}').within('{"id":1,"result":', '}')
    expect(String(text)).toBe('{"id":1,"result":{"a":"ü","größe":["€"],"z":1}}')
    expect(Buffer.concat(text.chunks()).toString('utf8')).toBe(String(text))
  })

  it('encodes the part once for all that hold it', () => {
    const part = sharePart('x'.repeat(1000))
    const [one, other] = [new SharedText('a', part, 'b'), new SharedText('c', part, 'd')]
    expect(one.chunks()[1]).toBe(other.chunks()[1])
  })
})
