import { describe, expect, it } from 'vitest'
import { Secret } from '../domain/secret.ts'
import { createEntitySet } from './entity-set.ts'

interface Definition {
  readonly id: string
  readonly key: Secret
}

const define = (id: string, key = 'k'): Definition => ({ id, key: new Secret(key) })

describe('createEntitySet', () => {
  it('touches only what changed, a credential included', async () => {
    const retired: string[] = []
    let made = 0
    await using set = createEntitySet<Definition, string>({
      create: ({ id }) => `${id}#${++made}`,
      retire: (entity) => Promise.resolve(void retired.push(entity)),
    })
    expect(set.apply([define('a'), define('b'), define('c')])).toEqual({ added: ['a', 'b', 'c'], changed: [], removed: [] })
    expect(set.apply([define('d'), define('a'), define('b', 'other')])).toEqual({ added: ['d'], changed: ['b'], removed: ['c'] })
    expect([...set.entities.values()]).toEqual(['d#4', 'a#1', 'b#5'])
    expect(retired).toEqual(['b#2', 'c#3'])
  })

  it('ends everything it still holds', async () => {
    const retired: string[] = []
    const set = createEntitySet<Definition, string>({ create: ({ id }) => id, retire: (entity) => Promise.resolve(void retired.push(entity)) })
    set.apply([define('a'), define('b')])
    await set[Symbol.asyncDispose]()
    expect(retired).toEqual(['a', 'b'])
    expect(set.entities.size).toBe(0)
    expect(set.apply([define('c')])).toEqual({ added: [], changed: [], removed: [] })
    expect(set.entities.size).toBe(0)
  })
})
