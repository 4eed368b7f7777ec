import { describe, expect, it } from 'vitest'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import type { Fork, Route, Target, Way } from '../../domain/route.ts'
import { nameTarget, orderTargets } from './order-targets.ts'

const target = (name: string): Target => ({ kind: 'target', provider: name as ProviderId, model: 'm' })
const way = (to: Target | Fork, weight = 1): Way => ({ to, weight })
const fork = (strategy: Fork['strategy'], first: Way, ...rest: readonly Way[]): Fork => ({ kind: 'fork', strategy, ways: [first, ...rest] })
const route = (root: Target | Fork): Route => ({ id: 'r' as RouteId, publicModel: 'r', root })
const names = (root: Target | Fork, random = 0, down: readonly string[] = []): string[] =>
  orderTargets(route(root), new Map(down.map((name) => [name, 'down'])), () => random).map((found) => nameTarget(found).replace('/m', ''))

describe('orderTargets', () => {
  it('keeps the order of a fallback, inner forks in their place, each target once', () => {
    const inner = fork('fallback', way(target('c')), way(target('a')))
    expect(names(fork('fallback', way(target('a')), way(target('b')), way(inner), way(target('d'))))).toEqual(['a', 'b', 'c', 'd'])
  })

  it('draws from a weighted fork by weight, keeps the others behind, and weight 0 last', () => {
    const root = fork('weighted', way(target('z'), 0), way(target('a'), 1), way(target('b'), 3))
    expect(names(root, 0)).toEqual(['a', 'b', 'z'])
    expect(names(root, 0.3)).toEqual(['b', 'a', 'z'])
    expect(names(root, 0.999999)).toEqual(['b', 'a', 'z'])
  })

  it('draws in proportion', () => {
    const root = fork('weighted', way(target('a'), 1), way(target('b'), 3))
    const firsts = Array.from({ length: 100 }, (_, index) => names(root, index / 100)[0])
    expect(firsts.filter((name) => name === 'b').length).toBe(75)
  })

  it('moves what is down to the end and leaves nothing out', () => {
    const root = fork('fallback', way(target('a')), way(target('b')), way(target('c')))
    expect(names(root, 0, ['a/m', 'b/m'])).toEqual(['c', 'a', 'b'])
    expect(names(root, 0, ['a/m', 'b/m', 'c/m'])).toEqual(['a', 'b', 'c'])
  })
})
