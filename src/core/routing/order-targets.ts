import type { Fork, Route, RouteNode, Target, Way } from '../../domain/route.ts'
import { chooseRole } from './choose-role.ts'
import type { RouteSignals } from './route-signals.ts'

/** Whether a target is worth trying now. A target that is not in the map is up. */
export type HealthMap = ReadonlyMap<string, 'up' | 'down'>

/** `anthropic/claude-sonnet-5`: how a target is named in headers, traces and health maps. */
export function nameTarget(target: Target): string {
  return `${target.provider}/${target.model}`
}

/** Draws without putting back, each in proportion to its weight; ways of weight 0 come last, as written. */
function shuffleByWeight(ways: readonly Way[], random: () => number): readonly Way[] {
  const left = ways.filter((way) => way.weight > 0)
  const drawn: Way[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, way) => sum + way.weight, 0)
    let mark = random() * total
    const found = left.findIndex((way) => (mark -= way.weight) < 0)
    drawn.push(...left.splice(found < 0 ? left.length - 1 : found, 1))
  }
  return [...drawn, ...ways.filter((way) => way.weight <= 0)]
}

type Strategy = (ways: Fork['ways'], random: () => number) => readonly Way[]

/** In which order the ways of a fork are tried. A new strategy is a new line here and a word in the document. */
const STRATEGIES: Readonly<Record<Fork['strategy'], Strategy>> = {
  fallback: (ways) => ways,
  weighted: shuffleByWeight,
}

interface Choosing {
  readonly random: () => number
  readonly signals: () => RouteSignals
}

function flatten(node: RouteNode, choosing: Choosing): readonly Target[] {
  if (node.kind === 'target') return [node]
  if (node.kind === 'roles') return flatten(chooseRole(node, choosing.signals()), choosing)
  return STRATEGIES[node.strategy](node.ways, choosing.random).flatMap((way) => flatten(way.to, choosing))
}

/**
 * The targets of a route in the order in which one request should try them, each once. Targets that are down come after
 * all that are up, in the same order: when nothing else is left the least bad is still tried. `signals` is asked at most
 * once, and only by a route with roles.
 */
export function orderTargets(route: Route, health: HealthMap, random: () => number, signals: () => RouteSignals): readonly Target[] {
  let read: RouteSignals | undefined
  const byName = new Map<string, Target>()
  for (const target of flatten(route.root, { random, signals: () => (read ??= signals()) })) {
    if (!byName.has(nameTarget(target))) byName.set(nameTarget(target), target)
  }
  const ordered = [...byName.values()]
  const isDown = (target: Target): boolean => health.get(nameTarget(target)) === 'down'
  return [...ordered.filter((target) => !isDown(target)), ...ordered.filter(isDown)]
}
