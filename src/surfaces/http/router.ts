import { GatewayError } from '../../domain/errors.ts'
import type { HttpRoute } from './surface.ts'

export interface RouteMatch {
  readonly surface: string
  readonly route: HttpRoute
  readonly params: Readonly<Record<string, string>>
}

/** A path that matched, with the methods it knows and the first of its routes; or nothing. */
export type RouteLookup =
  | { readonly kind: 'found'; readonly match: RouteMatch }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[]; readonly first: RouteMatch }
  | { readonly kind: 'none' }

export interface Router {
  find(method: string, path: string): RouteLookup
}

interface Entry {
  readonly surface: string
  readonly route: HttpRoute
  readonly segments: readonly string[]
}

/** Bytes that two parsers may read differently never reach the router: authorization is decided on what it matched. */
const AMBIGUOUS = /[^\x21-\x7e]|\\|;|\/\/|\/\.\.?(?:\/|$)|%2e|%5c|%00/i

const NO_PARAMS = {}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function matchSegments(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    if (part.endsWith('+}')) {
      const rest = decode(path.slice(index).join('/'))
      if (rest === undefined || rest === '') return undefined
      params[part.slice(1, -2)] = rest
      return params
    }
    const segment = path[index]
    if (segment === undefined) return undefined
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined
      continue
    }
    const brace = part.indexOf('}')
    const suffix = part.slice(brace + 1)
    if (!segment.endsWith(suffix)) return undefined
    const value = decode(segment.slice(0, segment.length - suffix.length))
    if (value === undefined || value === '' || value.includes('/')) return undefined
    params[part.slice(1, brace)] = value
  }
  return pattern.length === path.length ? params : undefined
}

/** Fixed paths win over braces, and earlier routes over later ones. Two routes of one method and path are a defect and throw. */
export function createRouter(routes: readonly { readonly surface: string; readonly route: HttpRoute }[]): Router {
  const fixed = new Map<string, Entry[]>()
  const patterns: Entry[] = []
  const seen = new Set<string>()
  for (const { surface, route } of routes) {
    const key = `${route.method} ${route.path}`
    if (seen.has(key)) throw new Error(`two routes for ${key}`)
    seen.add(key)
    const entry = { surface, route, segments: route.path.split('/') }
    if (!route.path.includes('{')) fixed.set(route.path, [...(fixed.get(route.path) ?? []), entry])
    else patterns.push(entry)
  }
  const pick = (method: string, matching: readonly (readonly [Entry, Readonly<Record<string, string>>])[]): RouteLookup => {
    const [first] = matching
    if (!first) return { kind: 'none' }
    // Who answers for every method of a path leaves nothing to the paths behind it.
    const entries = first[0].route.own ? matching.filter(([entry]) => entry.route.path === first[0].route.path) : matching
    const toMatch = ([{ surface, route }, params]: typeof first): RouteMatch => ({ surface, route, params })
    const wanted = method === 'HEAD' ? ['HEAD', 'GET'] : [method]
    for (const candidate of wanted) {
      const hit = entries.find(([entry]) => entry.route.method === candidate)
      if (hit) return { kind: 'found', match: toMatch(hit) }
    }
    return { kind: 'wrong-method', allowed: [...new Set(entries.map(([entry]) => entry.route.method))], first: toMatch(first) }
  }
  return {
    find(method, path) {
      const exact = fixed.get(path)
      if (exact) return pick(method, exact.map((entry) => [entry, NO_PARAMS] as const))
      if (!path.startsWith('/') || AMBIGUOUS.test(path)) {
        throw new GatewayError('invalid_request', 'The request path is not in its plain form.')
      }
      const segments = path.split('/')
      const hits = patterns.flatMap((entry) => {
        const params = matchSegments(entry.segments, segments)
        return params ? [[entry, params] as const] : []
      })
      return pick(method, hits)
    },
  }
}
