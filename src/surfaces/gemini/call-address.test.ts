import { describe, expect, it } from 'vitest'
import { readCallAddress } from './call-address.ts'

describe('readCallAddress', () => {
  it.each([
    ['gemini-2.5-pro:generateContent', { model: 'gemini-2.5-pro', method: 'generateContent', stream: false }],
    ['google/gemini-3-flash:streamGenerateContent', { model: 'google/gemini-3-flash', method: 'streamGenerateContent', stream: true }],
    ['ollama/qwen3:8b:countTokens', { model: 'ollama/qwen3:8b', method: 'countTokens', stream: false }],
  ])('%s', (call, expected) => {
    expect(readCallAddress(call)).toEqual(expected)
  })

  it.each(['gemini-2.5-pro', ':generateContent', 'm:embedContent', 'm:constructor', ''])('knows nothing like %j', (call) => {
    expect(() => readCallAddress(call)).toThrow(expect.objectContaining({ code: 'not_found' }) as Error)
  })
})
