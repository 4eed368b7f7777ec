import type { Fork, Route, Target, Way } from '../../domain/route.ts'

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

function flatten(node: Target | Fork, random: () => number): readonly Target[] {
  if (node.kind === 'target') return [node]
  const ways = node.strategy === 'weighted' ? shuffleByWeight(node.ways, random) : node.ways
  return ways.flatMap((way) => flatten(way.to, random))
}

/**
 * The targets of a route in the order in which one request should try them, each once. Targets that are down come after
 * all that are up, in the same order: when nothing else is left the least bad is still tried.
 */
export function orderTargets(route: Route, health: HealthMap, random: () => number): readonly Target[] {
  const byName = new Map<string, Target>()
  for (const target of flatten(route.root, random)) if (!byName.has(nameTarget(target))) byName.set(nameTarget(target), target)
  const ordered = [...byName.values()]
  const isDown = (target: Target): boolean => health.get(nameTarget(target)) === 'down'
  return [...ordered.filter((target) => !isDown(target)), ...ordered.filter(isDown)]
}
