import { sha256 } from '../../lib/sha256.ts'
import type { CatalogView, ServerCatalog, ServerList } from '../catalog/index.ts'
import { readToolFields } from './read-tool-fields.ts'

/** What a tool says about itself, as a model reads it. */
export interface EmbeddedText {
  /** The same for the same text. */
  readonly key: string
  readonly text: string
}

/** Small models read some hundred tokens and nothing of the rest. */
const MAX_TEXT = 1_000

/** `read_fileTree` is `read file Tree`. */
const spaced = (name: string): string => name.replaceAll(/[_\-./]+/g, ' ').replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')

/** Parameters tell little that the description does not, and measured recall is better without them; they speak for a tool without one. */
function writeText(server: string, definition: Parameters<typeof readToolFields>[0]): string {
  const { name, title, description, parameterNames, parameterDescriptions } = readToolFields(definition)
  const parts = [`${spaced(server)}: ${spaced(name)}.`, title && `${title}.`, description || `${spaced(parameterNames)} ${parameterDescriptions}`]
  return parts.filter(Boolean).join(' ').slice(0, MAX_TEXT).trim()
}

const known = new WeakMap<ServerList, { readonly server: string; readonly texts: readonly (EmbeddedText | undefined)[] }>()

/** One for each tool of the server's list, undefined for those that are in no list. Made once for a list. */
function textsOfServer({ server, lists: { tool: list } }: ServerCatalog): readonly (EmbeddedText | undefined)[] {
  const found = known.get(list)
  if (found?.server === server) return found.texts
  const texts = list.capabilities.map(({ definition, isHidden }) => {
    if (isHidden === true) return undefined
    const text = writeText(server, definition)
    return { key: sha256(text), text }
  })
  known.set(list, { server, texts })
  return texts
}

/** The texts of every tool that some list shows. */
export function readServerTexts(servers: readonly ServerCatalog[]): readonly EmbeddedText[] {
  return servers.flatMap(textsOfServer).filter((text) => text !== undefined)
}

const ofViews = new WeakMap<CatalogView, readonly EmbeddedText[]>()

/** The texts of a view's tools, in the order of its list. */
export function readViewTexts(view: CatalogView): readonly EmbeddedText[] {
  const found = ofViews.get(view)
  if (found) return found
  const placeOf = (server: string, tool: string): string => JSON.stringify([server, tool])
  const byPlace = new Map(view.servers.flatMap((server) => textsOfServer(server).map((text, index) => [placeOf(server.server, server.lists.tool.capabilities[index]?.upstreamName ?? ''), text] as const)))
  const texts = view.list('tool').map(({ route, definition }) => {
    const text = byPlace.get(placeOf(route.server, route.upstreamName))
    if (text) return text
    const written = writeText(route.server, definition)
    return { key: sha256(written), text: written }
  })
  ofViews.set(view, texts)
  return texts
}
