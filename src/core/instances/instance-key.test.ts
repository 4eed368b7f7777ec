import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import { lookupOrder, readInstanceKey, writeInstanceKey, type InstanceIdentity } from './instance-key.ts'

const server = 'repo' as McpServerId

describe('writeInstanceKey and readInstanceKey', () => {
  it.each<[InstanceIdentity, string]>([
    [{ kind: 'static', server }, 'repo'],
    [{ kind: 'rendered', server, rendered: '9f2c' }, 'repo:9f2c'],
    [{ kind: 'session', server, rendered: '9f2c', owner: '41d0' }, 'repo:9f2c:41d0'],
    [{ kind: 'session', server, rendered: undefined, owner: '41d0' }, 'repo:-:41d0'],
  ])('%o is %s, both ways', (identity, key) => {
    expect(writeInstanceKey(identity)).toBe(key)
    expect(readInstanceKey(key)).toEqual(identity)
  })

  it.each([
    { kind: 'static', server: 'a:b' as McpServerId },
    { kind: 'rendered', server, rendered: 'a:b' },
    { kind: 'session', server, rendered: 'a', owner: 'b:c' },
    { kind: 'session', server, rendered: 'a', owner: '' },
    { kind: 'session', server, rendered: '-', owner: 'b' },
  ] satisfies InstanceIdentity[])('refuses a part that could be read as two, or as none: %o', (identity) => {
    expect(() => writeInstanceKey(identity)).toThrow(RangeError)
  })

  it.each(['', ':', 'repo:', 'repo::', 'repo:a:', 'repo:-', 'repo:a:b:c', ':a', 'repo:a b', '-:a:b'])('does not read %j, which was never written', (key) => {
    expect(readInstanceKey(key)).toBeUndefined()
  })
})

describe('lookupOrder', () => {
  it('is the client’s own, then the one that is rendered alike, then the one for everybody', () => {
    expect(lookupOrder(server, 'r1', 'o1')).toEqual(['repo:r1:o1', 'repo:r1', 'repo'])
    expect(lookupOrder(server, undefined, 'o1')).toEqual(['repo:-:o1', 'repo'])
    expect(lookupOrder(server, undefined, undefined)).toEqual(['repo'])
  })
})
