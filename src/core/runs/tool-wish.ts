import type { CatalogFilter, CatalogSnapshot } from '../catalog/index.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { GatewayError } from '../../domain/errors.ts'
import { nearestWord } from '../../lib/nearest-word.ts'

/** Tools that a request wants beside its own, and what may be done with them. */
export interface ToolWish {
  /** As the client wrote it: names of presets and servers with commas between them, or `all`. */
  readonly selection: string
  /** What the client calls the server, where its dialect names one. */
  readonly label?: string
  /** Which of the tools, by their own or exposed names; all without it. */
  readonly allows?: (tool: string) => boolean
  /** What the client wants to be asked about; the gateway's own rule without it. */
  readonly asksFor?: (tool: string) => boolean
}

/** `smart+tools:coding` is the model `smart` with the tools of `coding`. */
const SUFFIX = /^(?<model>.+?)\+tools:(?<selection>[^:]+)$/

export function readModelSuffix(model: string): { readonly model: string; readonly selection: string | undefined } {
  const groups = SUFFIX.exec(model)?.groups
  return groups?.['model'] === undefined ? { model, selection: undefined } : { model: groups['model'], selection: groups['selection'] }
}

function refuse(word: string, { presets, configured }: CatalogSnapshot): GatewayError {
  const near = nearestWord(word, [...presets.keys(), ...configured.map(({ server }) => server)])
  return new GatewayError('unknown_preset', `There is no preset and no MCP server \`${word}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`)
}

/** The filters that a selection means. Throws `unknown_preset` for a word that is neither a preset nor a server. */
export function readSelectionWords(selection: string, snapshot: CatalogSnapshot): readonly [CatalogFilter, ...CatalogFilter[]] {
  const words = selection.split(',').map((word) => word.trim()).filter((word) => word !== '')
  const filters = words.map((word): CatalogFilter => {
    const rest = { tags: undefined, naming: 'prefixed' } as const
    if (word === 'all') return { servers: 'all', ...rest }
    if (snapshot.presets.has(word)) return { servers: 'all', preset: word, ...rest }
    const server = word as McpServerId
    if (snapshot.configured.some((known) => known.server === server)) return { servers: [server], ...rest }
    throw refuse(word, snapshot)
  })
  const [first, ...others] = filters
  if (!first) throw new GatewayError('invalid_request', 'Expected a selection of tools to name presets or MCP servers, found nothing.')
  return [first, ...others]
}
