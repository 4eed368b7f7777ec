import type { ProviderId, RouteId } from '../domain/ids.ts'
import type { Fork, Route, Target, Way } from '../domain/route.ts'
import type { ForkEntry, WayEntry } from './route-entry-schema.ts'

/** The provider ends at the first slash; a model name may have more of them: `openrouter/meta/llama-4`. */
function readTarget(text: string): Target {
  const slash = text.indexOf('/')
  return { kind: 'target', provider: text.slice(0, slash) as ProviderId, model: text.slice(slash + 1) }
}

function readWay(entry: WayEntry): Way {
  if (typeof entry === 'string') return { weight: 1, to: readTarget(entry) }
  const to = 'targets' in entry ? readFork(entry) : readTarget(entry.model)
  return { weight: entry.weight ?? 1, to }
}

function readFork(entry: ForkEntry): Fork {
  const [first, ...rest] = entry.targets.map(readWay)
  if (!first) throw new RangeError('A fork needs a way.')
  return { kind: 'fork', strategy: entry.strategy, ways: [first, ...rest] }
}

export function defineRoute(publicModel: string, entry: string | ForkEntry): Route {
  return {
    id: publicModel as RouteId,
    publicModel,
    root: typeof entry === 'string' ? readTarget(entry) : readFork(entry),
  }
}

/** Every target below a route’s root. */
export function* targetsOf(root: Target | Fork): Generator<Target> {
  if (root.kind === 'target') yield root
  else for (const way of root.ways) yield* targetsOf(way.to)
}
