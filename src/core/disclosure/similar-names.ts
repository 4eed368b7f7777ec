import { nearestWord } from '../../lib/nearest-word.ts'
import type { CatalogView } from '../catalog/index.ts'
import { searchTools } from './search-tools.ts'

const MOST = 3

/** Names of tools that somebody who wrote this name may have meant. */
export function similarNames(view: CatalogView, name: string): readonly string[] {
  const nearest = nearestWord(name, view.list('tool').map(({ exposedName }) => exposedName))
  const found = searchTools(view, name.slice(0, 200), MOST).map(({ entry }) => entry.exposedName)
  return [...new Set(nearest === undefined ? found : [nearest, ...found])].slice(0, MOST)
}
