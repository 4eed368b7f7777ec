import type { ServerCatalog, ServerList } from '../catalog/index.ts'
import { readToolFields, type ToolFields } from './read-tool-fields.ts'
import { readWords } from './read-words.ts'

/** The searchable words of one server's tools. It depends on that server alone. */
export interface ServerIndex {
  readonly tools: number
  /** By word: the tools that have it, by their place in the server's list, with how much they have of it. */
  readonly postings: ReadonlyMap<string, readonly Posting[]>
}

export interface Posting {
  readonly tool: number
  /** Occurrences, weighted by field and by the field's length. */
  readonly frequency: number
}

interface Field {
  readonly weight: number
  /** A usual number of words: longer fields say less with each. It is no mean of the collection, so that no server's index depends on the others. */
  readonly usual: number
}

const FIELDS: Readonly<Record<keyof ToolFields | 'server' | 'tags', Field>> = {
  name: { weight: 3, usual: 3 },
  title: { weight: 2, usual: 3 },
  description: { weight: 1.4, usual: 16 },
  parameterNames: { weight: 0.7, usual: 6 },
  parameterDescriptions: { weight: 0.4, usual: 30 },
  server: { weight: 2.4, usual: 1 },
  tags: { weight: 0.9, usual: 2 },
}

const LENGTH_WEIGHT = 0.5

function addField(into: Map<string, number>, words: readonly string[], { weight, usual }: Field): void {
  const share = weight / (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * (words.length / usual))
  for (const word of words) into.set(word, (into.get(word) ?? 0) + share)
}

function build({ server, tags, lists }: ServerCatalog): ServerIndex {
  const postings = new Map<string, Posting[]>()
  const own: readonly (readonly [Field, readonly string[]])[] = [
    [FIELDS.server, readWords(server)],
    [FIELDS.tags, [...tags].flatMap(readWords)],
  ]
  for (const [tool, { definition }] of lists.tool.capabilities.entries()) {
    const frequencies = new Map<string, number>()
    const fields = readToolFields(definition)
    for (const name of Object.keys(fields) as (keyof ToolFields)[]) addField(frequencies, readWords(fields[name]), FIELDS[name])
    for (const [field, words] of own) addField(frequencies, words, field)
    for (const [word, frequency] of frequencies) {
      const known = postings.get(word)
      if (known) known.push({ tool, frequency })
      else postings.set(word, [{ tool, frequency }])
    }
  }
  return { tools: lists.tool.capabilities.length, postings }
}

const known = new WeakMap<ServerList, { readonly tags: string; readonly index: ServerIndex }>()

/** Made when it is first asked for and kept as long as the server's list is: a new snapshot only costs the servers that changed. */
export function indexServer(server: ServerCatalog): ServerIndex {
  const list = server.lists.tool
  const tags = JSON.stringify([server.server, ...server.tags])
  const found = known.get(list)
  if (found?.tags === tags) return found.index
  const index = build(server)
  known.set(list, { tags, index })
  return index
}
