import { describe, expect, it } from 'vitest'
import { maskKeys } from './mask-keys.ts'

describe('maskKeys', () => {
  it.each([
    ['Incorrect API key provided: sk-proj-ab**********wxyz. You can find your API key at https://platform.openai.com.', 'Incorrect API key provided: [redacted]. You can find your API key at https://platform.openai.com.'],
    ['Incorrect API key provided: abcd1234.', 'Incorrect API key provided: [redacted].'],
    ['invalid x-api-key sk-ant-api03-AbCd_ef-99AA', 'invalid x-api-key [redacted]'],
    ['API key AIzaSyA1234567890abcdefg expired', 'API key [redacted] expired'],
    ['header Authorization: Bearer eyJhbGciOi.J9 is bad', 'header Authorization: Bearer [redacted] is bad'],
  ])('masks %s', (text, masked) => {
    expect(maskKeys(text)).toBe(masked)
  })

  it.each(['API key not valid. Please pass a valid API key.', 'prompt is too long: 210000 tokens > 200000 maximum', 'The model `gpt-5-sk-1` does not exist', 'risk-averse settings', 'max_tokens: expected 1 to 8192'])('leaves %s', (text) => {
    expect(maskKeys(text)).toBe(text)
  })
})
