import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import type { Fork, RoleFork, Route, RouteNode, Target, Way } from '../../domain/route.ts'
import { nameTarget, orderTargets } from './order-targets.ts'
import type { RouteSignals } from './route-signals.ts'

const PLAIN: RouteSignals = { model: 'm', estimatedInputTokens: 10, asksForThinking: false, hasWebSearchTool: false, isSubAgent: false, isBackground: false }

const target = (name: string): Target => ({ kind: 'target', provider: name as ProviderId, model: 'm' })
const way = (to: RouteNode, weight = 1): Way => ({ to, weight })
const fork = (strategy: Fork['strategy'], first: Way, ...rest: readonly Way[]): Fork => ({ kind: 'fork', strategy, ways: [first, ...rest] })
const route = (root: RouteNode): Route => ({ id: 'r' as RouteId, publicModel: 'r', root })
const order = (root: RouteNode, random: () => number, down: readonly string[] = [], signals = PLAIN): string[] =>
  orderTargets(route(root), new Map(down.map((name) => [name, 'down'])), random, () => signals).map((found) => nameTarget(found).replace('/m', ''))
const names = (root: RouteNode, random = 0, down: readonly string[] = []): string[] => order(root, () => random, down)

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

  it('draws in proportion, whatever the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 }), (weights) => {
        const [first, ...rest] = weights.map((weight, index) => way(target(String(index)), weight))
        if (!first) return
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const marks = Array.from({ length: total }, (_, index) => (index + 0.5) / total)
        const firsts = marks.map((mark) => names(fork('weighted', first, ...rest), mark)[0])
        expect(weights.map((_, index) => firsts.filter((name) => name === String(index)).length)).toEqual(weights)
      }),
    )
  })

  it('leaves nothing out and adds nothing, whatever is drawn and whatever is down', () => {
    const leaf = fc.constantFrom('a', 'b', 'c', 'd').map(target)
    const tree = fc.letrec<{ node: RouteNode }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .tuple(fc.constantFrom('fallback' as const, 'weighted' as const), fc.array(fc.tuple(tie('node'), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 3 }))
          .map(([strategy, ways]) => fork(strategy, ...(ways.map(([to, weight]) => way(to, weight)) as [Way]))),
      ),
    })).node
    const leavesOf = (node: RouteNode): string[] => (node.kind === 'fork' ? node.ways.flatMap(({ to }) => leavesOf(to)) : node.kind === 'target' ? [node.provider] : [])
    fc.assert(
      fc.property(tree, fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }), fc.subarray(['a/m', 'b/m', 'c/m']), (root, draws, down) => {
        let at = 0
        const found = order(root, () => draws[at++ % draws.length] ?? 0, down)
        expect(found.toSorted()).toEqual([...new Set(leavesOf(root))].toSorted())
        const firstDown = found.findIndex((name) => down.includes(`${name}/m`))
        if (firstDown >= 0) expect(found.slice(firstDown).every((name) => down.includes(`${name}/m`))).toBe(true)
      }),
    )
  })

  it('moves what is down to the end and leaves nothing out', () => {
    const root = fork('fallback', way(target('a')), way(target('b')), way(target('c')))
    expect(names(root, 0, ['a/m', 'b/m'])).toEqual(['c', 'a', 'b'])
    expect(names(root, 0, ['a/m', 'b/m', 'c/m'])).toEqual(['a', 'b', 'c'])
  })
})

describe('orderTargets at a fork of roles', () => {
  const ways = { longContext: target('long'), subAgent: target('sub'), background: target('small'), webSearch: target('web'), thinking: target('think') }
  const all: RoleFork = { kind: 'roles', main: target('main'), ways, longContextAbove: 60_000 }
  const chosen = (root: RouteNode, signals: Partial<RouteSignals>): string[] => order(root, () => 0, [], { ...PLAIN, ...signals })

  it.each([
    [{}, 'main'],
    [{ estimatedInputTokens: 60_000 }, 'main'],
    [{ estimatedInputTokens: 60_001, isSubAgent: true, isBackground: true, hasWebSearchTool: true, asksForThinking: true }, 'long'],
    [{ isSubAgent: true, isBackground: true, hasWebSearchTool: true, asksForThinking: true }, 'sub'],
    [{ isBackground: true, hasWebSearchTool: true, asksForThinking: true }, 'small'],
    [{ hasWebSearchTool: true, asksForThinking: true }, 'web'],
    [{ asksForThinking: true }, 'think'],
  ])('takes the first role that applies: %j → %s', (signals, expected) => {
    expect(chosen(all, signals)).toEqual([expected])
  })

  it('passes over roles without a way', () => {
    expect(chosen({ ...all, ways: { thinking: target('think') } }, { isSubAgent: true, isBackground: true, asksForThinking: true })).toEqual(['think'])
    expect(chosen({ ...all, ways: {} }, { isSubAgent: true })).toEqual(['main'])
  })

  it('is a node like any other, above and below forks', () => {
    const root = fork('fallback', way({ ...all, ways: { thinking: fork('fallback', way(target('t1')), way(target('t2'))) } }), way(target('last')))
    expect(chosen(root, { asksForThinking: true })).toEqual(['t1', 't2', 'last'])
    expect(chosen(root, {})).toEqual(['main', 'last'])
  })

  it('reads the signals once at most, and never for a route without roles', () => {
    let reads = 0
    const read = (): RouteSignals => {
      reads++
      return PLAIN
    }
    orderTargets(route(fork('fallback', way(target('a')), way(target('b')))), new Map(), () => 0, read)
    expect(reads).toBe(0)
    orderTargets(route(fork('fallback', way(all), way({ ...all, main: all }))), new Map(), () => 0, read)
    expect(reads).toBe(1)
  })
})
