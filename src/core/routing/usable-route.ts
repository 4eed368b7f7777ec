import type { Fork, Role, RoleFork, RouteNode, Target, Way } from '../../domain/route.ts'

type IsUsable = (target: Target) => boolean

function usableFork(fork: Fork, isUsable: IsUsable): RouteNode | undefined {
  const [first, ...rest] = fork.ways.flatMap((way): readonly Way[] => {
    const to = usableNode(way.to, isUsable)
    return to ? [{ weight: way.weight, to }] : []
  })
  return first && { ...fork, ways: [first, ...rest] }
}

/** Without its main way the first role that is left stands in for it. */
function usableRoles(fork: RoleFork, isUsable: IsUsable): RouteNode | undefined {
  const ways = Object.entries(fork.ways).flatMap(([role, node]) => {
    const usable = usableNode(node, isUsable)
    return usable ? [[role, usable] as const] : []
  })
  const main = usableNode(fork.main, isUsable) ?? ways[0]?.[1]
  return main && { ...fork, main, ways: Object.fromEntries(ways) as Partial<Record<Role, RouteNode>> }
}

/** What is left of a node without the targets that cannot be used; undefined when nothing is. */
export function usableNode(node: RouteNode, isUsable: IsUsable): RouteNode | undefined {
  if (node.kind === 'target') return isUsable(node) ? node : undefined
  return node.kind === 'fork' ? usableFork(node, isUsable) : usableRoles(node, isUsable)
}
