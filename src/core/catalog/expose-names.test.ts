import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import { exposeNames, prefixName, type NameOwner } from './expose-names.ts'

const owner = (server: string, upstreamName: string): NameOwner => ({ server: server as McpServerId, upstreamName })
const owners = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_]{1,12}$/), fc.string({ minLength: 1, maxLength: 90 })), { selector: ([server, name]) => `${server}\0${name}` })
  .map((pairs) => pairs.map(([server, name]) => owner(server, name)))

describe('exposeNames', () => {
  it('gives unique names within [A-Za-z0-9_-]{1,64}, whatever servers call their tools', () => {
    fc.assert(
      fc.property(owners, fc.constantFrom('prefixed' as const, 'bare' as const), (list, naming) => {
        const names = exposeNames(list, naming)
        expect(new Set(names).size).toBe(list.length)
        for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
      }),
    )
  })

  it('prefixes with the server', () => {
    expect(exposeNames([owner('git', 'log'), owner('fs', 'read')], 'prefixed')).toEqual(['git__log', 'fs__read'])
  })

  it('does not let other servers change a prefixed name', () => {
    fc.assert(
      fc.property(owners, fc.nat(), (list, at) => {
        const one = list[at % Math.max(list.length, 1)]
        if (!one) return
        expect(exposeNames(list, 'prefixed')[list.indexOf(one)]).toBe(exposeNames([one], 'prefixed')[0])
      }),
    )
  })

  it('tells apart what would read the same', () => {
    const [plain, ambiguous] = exposeNames([owner('a', 'b__c'), owner('a__b', 'c')], 'prefixed')
    expect(plain).toBe('a__b__c')
    expect(ambiguous).toMatch(/^a__b__c_[A-Za-z0-9]{8}$/)
    expect(prefixName(owner('a_', 'x'))).not.toBe(prefixName(owner('a', '_x')))
  })

  it('shortens long names and escapes illegal ones with a stable stamp', () => {
    const long = owner('server', 'x'.repeat(100))
    expect(prefixName(long)).toHaveLength(64)
    expect(prefixName(long)).toBe(prefixName(long))
    expect(prefixName(long)).not.toBe(prefixName(owner('server', `${'x'.repeat(100)}y`)))
    expect(prefixName(owner('s', 'a.b'))).toMatch(/^s__a_b_[A-Za-z0-9]{8}$/)
    expect(prefixName(owner('s', 'a.b'))).not.toBe(prefixName(owner('s', 'a/b')))
  })

  it('keeps bare names and prefixes only the later one of a conflict', () => {
    expect(exposeNames([owner('a', 'read'), owner('b', 'read'), owner('b', 'write')], 'bare')).toEqual(['read', 'b__read', 'write'])
  })

  it('leaves original names alone', () => {
    expect(exposeNames([owner('a', 'a.b/c d')], 'original')).toEqual(['a.b/c d'])
  })
})
