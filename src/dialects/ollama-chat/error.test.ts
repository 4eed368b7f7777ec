import { describe, expect, it } from 'vitest'
import { decodeError } from './error.ts'

describe('decodeError', () => {
  it.each([
    ['{"error":"model \'x\' not found"}', "model 'x' not found"],
    ['{"error":{"message":"Slow down.","type":"rate_limit_error"}}', 'Slow down.'],
    ['{"error":{"code":7}}', '{"code":7}'],
  ])('finds what %s says', (body, message) => {
    expect(decodeError(429, body)).toMatchObject({ message, status: 429 })
  })

  it('LT-G05 takes a page for no error of its own', () => {
    expect(decodeError(502, '<html>')).toBeUndefined()
  })
})
