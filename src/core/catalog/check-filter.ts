import { nearestWord } from '../../lib/nearest-word.ts'
import type { CatalogFilter, CatalogSnapshot } from './catalog.ts'
import { selectServers } from './select-servers.ts'
import { SelectionError } from './selection-error.ts'

const MOST_NEAR = 3

/** The nearest first. */
function nearestWords(word: string, known: readonly string[]): readonly string[] {
  const near: string[] = []
  const rest = new Set(known)
  while (near.length < MOST_NEAR) {
    const found = nearestWord(word, rest)
    if (found === undefined) break
    rest.delete(found)
    near.push(found)
  }
  return near
}

const MOST_NAMED = 10

function hint(nearest: readonly string[], known: readonly string[], what: string): string {
  if (nearest.length > 0) return ` Did you mean ${nearest.map((name) => `\`${name}\``).join(' or ')}?`
  if (known.length === 0) return ` There are no ${what}.`
  return ` There are: ${known.slice(0, MOST_NAMED).join(', ')}${known.length > MOST_NAMED ? ', …' : ''}.`
}

/** A preset that there is none of is a 404 with the nearest names. */
export function refusePreset(presets: Iterable<string>, name: string): SelectionError {
  const known = [...presets]
  const nearest = nearestWords(name, known)
  return new SelectionError('unknown_preset', `There is no preset \`${name}\`.${hint(nearest, known, 'presets')}`, { reason: 'unknown-preset', preset: name, nearest })
}

/**
 * Throws a `SelectionError` for a filter that names a preset or a server that is not there, or a server that its own selection
 * leaves out. A selection that means no server is none of these: tags come and go.
 */
export function checkFilter(snapshot: Pick<CatalogSnapshot, 'configured' | 'presets'>, filter: CatalogFilter): void {
  const { servers, preset } = filter
  if (preset !== undefined && !snapshot.presets.has(preset)) throw refusePreset(snapshot.presets.keys(), preset)
  if (servers === 'all') return
  const known = snapshot.configured.map(({ server }) => server)
  const unknown = servers.find((server) => !known.includes(server))
  if (unknown !== undefined) {
    const nearest = nearestWords(unknown, known)
    throw new SelectionError('unknown_server', `MCP server \`${unknown}\` is not configured or switched off.${hint(nearest, known, 'servers')}`, { reason: 'unknown-server', server: unknown, nearest })
  }
  const selected = new Set(selectServers(snapshot, filter).map(({ server }) => server))
  const left = servers.find((server) => !selected.has(server))
  if (left !== undefined) throw new SelectionError('unknown_server', `MCP server \`${left}\` is not in the selection.`, { reason: 'not-selected', server: left, nearest: [] })
}
