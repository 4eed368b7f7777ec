import { describe, expect, it } from 'vitest'
import { identify } from './name-tools.ts'

describe('identify', () => {
  it.each<readonly [readonly string[], Readonly<Record<string, string>>]>([
    [['add', 'get-sum', 'a.b/c'], { add: 'add', 'get-sum': 'get_sum', 'a.b/c': 'a_b_c' }],
    [['1password', '', 'größe'], { '1password': '_1password', '': '_', größe: 'gr__e' }],
    [['toJSON', 'constructor', '__proto__', 'toJSON_'], { toJSON: 'toJSON__2', constructor: 'constructor_', toJSON_: 'toJSON_' }],
    [['a-b', 'a_b', 'a.b', 'a b'], { a_b: 'a_b', 'a b': 'a_b_2', 'a-b': 'a_b_3', 'a.b': 'a_b_4' }],
    [['delete', 'class'], { delete: 'delete', class: 'class' }],
  ])('%j', (names, expected) => {
    const found = identify(names)
    for (const [name, identifier] of Object.entries(expected)) expect(found.get(name)).toBe(identifier)
    expect(new Set(found.values()).size).toBe(names.length)
    for (const identifier of found.values()) expect(identifier).toMatch(/^[A-Za-z_$][\w$]*$/)
  })

  it('gives the same names in whatever order they come', () => {
    const names = ['x-y', 'x.y', 'x y', 'x_y', 'z']
    expect(Object.fromEntries(identify(names))).toEqual(Object.fromEntries(identify(names.toReversed())))
  })
})
