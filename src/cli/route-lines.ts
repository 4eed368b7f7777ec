import type { RouteNode } from '../domain/route.ts'

/** One line of a tree and what hangs below it. */
interface Branch {
  readonly label: string
  readonly node: RouteNode
}

function describe(node: RouteNode): string {
  if (node.kind === 'fork') return node.strategy
  if (node.kind === 'roles') return 'roles'
  const settings = [
    ...(node.parameters ? [`parameters: ${Object.keys(node.parameters).join(', ')}`] : []),
    ...(node.overrides ? [`overrides: ${Object.keys(node.overrides).join(', ')}`] : []),
  ]
  return `${node.provider}/${node.model}${settings.length > 0 ? `  (${settings.join('; ')})` : ''}`
}

function branchesOf(node: RouteNode): readonly Branch[] {
  if (node.kind === 'target') return []
  if (node.kind === 'fork') return node.ways.map(({ weight, to }) => ({ label: node.strategy === 'weighted' ? `${weight}× ` : '', node: to }))
  const label = (role: string): string => (role === 'longContext' ? `longContext above ${node.longContextAbove} tokens: ` : `${role}: `)
  return [{ label: 'main: ', node: node.main }, ...Object.entries(node.ways).map(([role, to]) => ({ label: label(role), node: to }))]
}

/** A route as a tree of lines for people: forks with their strategy, weights and roles, targets by their names. */
export function routeLines(node: RouteNode, label = '', lead = '', below = ''): readonly string[] {
  const branches = branchesOf(node)
  const lines = branches.flatMap((branch, index) => {
    const isLast = index === branches.length - 1
    return routeLines(branch.node, branch.label, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`)
  })
  return [`${lead}${label}${describe(node)}`, ...lines]
}
