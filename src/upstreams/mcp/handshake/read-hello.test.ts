import { describe, expect, it } from 'vitest'
import { toJsonText } from '../../../lib/json-text.ts'
import { readDiscover, readInitialize } from './read-hello.ts'

describe('readInitialize', () => {
  it.each(['2024-10-07', '2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])('accepts revision %s', (protocolVersion) => {
    expect(readInitialize(toJsonText({ protocolVersion, capabilities: {}, serverInfo: { name: 's' } }))).toMatchObject({ era: 'legacy', protocolVersion, serverInfo: { name: 's' } })
  })

  it.each(['2026-07-28', '2099-01-01', 'latest', 7, null])('refuses revision %j', (protocolVersion) => {
    expect(() => readInitialize(toJsonText({ protocolVersion, capabilities: {} }))).toThrow(expect.objectContaining({ code: 'upstream_protocol' }))
  })

  it('makes do with a bare answer', () => {
    expect(readInitialize(toJsonText({ protocolVersion: '2024-11-05', instructions: '' }))).toEqual({
      era: 'legacy', protocolVersion: '2024-11-05', capabilities: {}, serverInfo: undefined, instructions: undefined,
    })
  })
})

describe('readDiscover', () => {
  it('reads a server of both eras as modern', () => {
    const result = { supportedVersions: ['2025-11-25', '2026-07-28'], capabilities: { tools: {} }, instructions: 'do', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'm' } } }
    expect(readDiscover(toJsonText(result))).toEqual({
      era: 'modern', protocolVersion: '2026-07-28', capabilities: { tools: {} }, serverInfo: { name: 'm' }, instructions: 'do',
    })
  })

  it.each([{}, { supportedVersions: ['2025-11-25'] }, { supportedVersions: 'x' }, []])('finds no modern server in %j', (result) => {
    expect(readDiscover(toJsonText(result))).toBeUndefined()
  })
})
