import { estimateTextTokens } from '../../core/disclosure/index.ts'
import type { CatalogEntry } from '../../core/catalog/index.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'

/** What a list says of a tool. Texts and the definition are the server's own, spliced and not printed anew. */
export function writeToolItem({ exposedName, ownName, route, tags, definition, changedAt }: CatalogEntry, withDefinition: boolean): JsonText {
  const facts = toJsonText({ name: exposedName, server: route.server, tool: ownName, tags: [...tags], tokens: estimateTextTokens(definition), ...(changedAt ? { changedAt: changedAt.toISOString() } : {}) })
  const own = ['title', 'description'].flatMap((key) => {
    const text = readMember(definition, key)
    return text === undefined ? [] : [`"${key}":${text}`]
  })
  const members = [facts.slice(1, -1), ...own, ...(withDefinition ? [`"definition":${definition}`] : [])]
  return `{${members.join(',')}}` as JsonText
}

/** Whether every word is somewhere in the tool's names and description. */
export function mentions({ exposedName, ownName, route, definition }: CatalogEntry, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const parsed = parseJsonText(definition)
  const own = isJsonObject(parsed) ? [parsed['title'], parsed['description']].filter((text) => typeof text === 'string') : []
  const text = [exposedName, route.server, ownName, ...own].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}
