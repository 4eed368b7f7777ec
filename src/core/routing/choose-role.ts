import { ROLES, type Role, type RoleFork, type RouteNode } from '../../domain/route.ts'
import type { RouteSignals } from './route-signals.ts'

function applies(role: Role, signals: RouteSignals, longContextAbove: number): boolean {
  switch (role) {
    case 'longContext':
      return signals.estimatedInputTokens > longContextAbove
    case 'subAgent':
      return signals.isSubAgent
    case 'background':
      return signals.isBackground
    case 'webSearch':
      return signals.hasWebSearchTool
    case 'thinking':
      return signals.asksForThinking
  }
}

/** The way of the first role that applies and has one; the main way when none does. */
export function chooseRole({ main, ways, longContextAbove }: RoleFork, signals: RouteSignals): RouteNode {
  const role = ROLES.find((each) => ways[each] !== undefined && applies(each, signals, longContextAbove))
  return (role && ways[role]) ?? main
}
