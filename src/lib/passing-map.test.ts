import { expect, it } from 'vitest'
import { PassingMap } from './passing-map.ts'
import { PassingSet } from './passing-set.ts'

it('is a map, in the order of arrival', () => {
  const map = new PassingMap<string | number, string | undefined>()
  map.set('a', 'A')
  map.set(1, 'one')
  map.set('1', undefined)
  map.set('a', 'B')
  expect([...map.entries()]).toEqual([['a', 'B'], [1, 'one'], ['1', undefined]])
  expect([map.size, map.get(1), map.has('1'), map.has('b'), map.get('b')]).toEqual([3, 'one', true, false, undefined])
  expect([map.delete(1), map.delete(1), map.delete('1')]).toEqual([true, false, true])
  expect([...map.values()]).toEqual(['B'])
  map.clear()
  expect([map.size, map.get('a')]).toEqual([0, undefined])
})

it('lets entries be deleted while it is read', () => {
  const map = new PassingMap<number, string>()
  for (const key of [1, 2, 3]) map.set(key, String(key))
  const read: string[] = []
  for (const [key, value] of map.entries()) {
    read.push(value)
    map.delete(key)
    map.delete(2)
  }
  expect(read).toEqual(['1', '3'])
  expect(map.size).toBe(0)
})

it('is a set of things without a key, each taken out by its own hand', () => {
  const set = new PassingSet<string>()
  const removeFirst = set.add('same')
  const removeSecond = set.add('same')
  expect([set.size, ...set]).toEqual([2, 'same', 'same'])
  removeFirst()
  removeFirst()
  expect(set.size).toBe(1)
  removeSecond()
  expect([...set]).toEqual([])
})
