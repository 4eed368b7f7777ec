import type { CatalogEntry } from '../../core/catalog/index.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'

/** What a list says of a tool. Texts and the definition are the server's own, spliced and not printed anew. */
export function writeToolItem({ exposedName, route, tags, definition }: CatalogEntry, withDefinition: boolean): JsonText {
  const facts = toJsonText({ name: exposedName, server: route.server, tool: route.upstreamName, tags: [...tags] })
  const own = ['title', 'description'].flatMap((key) => {
    const text = readMember(definition, key)
    return text === undefined ? [] : [`"${key}":${text}`]
  })
  const members = [facts.slice(1, -1), ...own, ...(withDefinition ? [`"definition":${definition}`] : [])]
  return `{${members.join(',')}}` as JsonText
}

/** Whether every word is somewhere in the tool's names and description. */
export function mentions({ exposedName, route, definition }: CatalogEntry, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const parsed = parseJsonText(definition)
  const own = isJsonObject(parsed) ? [parsed['title'], parsed['description']].filter((text) => typeof text === 'string') : []
  const text = [exposedName, route.server, route.upstreamName, ...own].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}
