import type { Role, RouteNode } from '../domain/route.ts'
import type { JsonObject } from '../lib/json.ts'
import type { NodeSettings } from './route-entry-schema.ts'

function mergeMembers(outer: JsonObject | undefined, inner: JsonObject | undefined): JsonObject | undefined {
  return outer && inner ? { ...outer, ...inner } : (inner ?? outer)
}

/** What is set on a node holds for every target below it, except where a node further down sets the same member. */
export function inheritSettings(node: RouteNode, settings: NodeSettings): RouteNode {
  if (settings.parameters === undefined && settings.overrides === undefined) return node
  if (node.kind === 'target') {
    const parameters = mergeMembers(settings.parameters, node.parameters)
    const overrides = mergeMembers(settings.overrides, node.overrides)
    return { ...node, ...(parameters ? { parameters } : {}), ...(overrides ? { overrides } : {}) }
  }
  if (node.kind === 'fork') {
    const [first, ...rest] = node.ways.map(({ weight, to }) => ({ weight, to: inheritSettings(to, settings) }))
    return first ? { ...node, ways: [first, ...rest] } : node
  }
  const ways = Object.entries(node.ways).map(([role, to]) => [role, inheritSettings(to, settings)] as const)
  return { ...node, main: inheritSettings(node.main, settings), ways: Object.fromEntries(ways) as Partial<Record<Role, RouteNode>> }
}
