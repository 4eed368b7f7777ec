import { describe, expect, it } from 'vitest'
import { environmentProviders } from './environment-providers.ts'

describe('environmentProviders', () => {
  it('takes Google’s key from either variable, the first of them first', () => {
    const key = (environment: Record<string, string>): unknown => environmentProviders(environment).map(({ id, kind, baseUrl, apiKey }) => [id, kind, baseUrl, apiKey?.reveal()])
    const address = 'https://generativelanguage.googleapis.com/v1beta'
    expect(key({ GOOGLE_API_KEY: 'b', GEMINI_API_KEY: 'a' })).toEqual([['google', 'google', address, 'a']])
    expect(key({ GOOGLE_API_KEY: 'b', GEMINI_API_KEY: ' ' })).toEqual([['google', 'google', address, 'b']])
    expect(key({})).toEqual([])
  })
})
