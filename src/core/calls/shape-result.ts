import type { McpEra } from '../../domain/mcp-server.ts'
import { editMembers, readMember, readMembers, type JsonText } from '../../lib/json-text.ts'
import { hasOpenOutput, type CatalogEntry } from '../catalog/index.ts'

export interface ResultShape {
  readonly method: string
  readonly client: McpEra
  readonly server: McpEra
  readonly entry: CatalogEntry | undefined
}

/** Members put before the others, by a splice: the rest of a large result is not touched. */
function prepend(result: JsonText, members: string): JsonText {
  const start = result.indexOf('{') + 1
  const isEmpty = readMembers(result).length === 0
  return `{${members}${isEmpty ? '' : ','}${result.slice(start)}` as JsonText
}

export function isInputRequired(result: JsonText): boolean {
  return result.includes('"input_required"') && readMember(result, 'resultType') === '"input_required"'
}

/** @see revision 2026-07-28: `resultType` on every result, `ttlMs` and `cacheScope` on those that may be kept. */
function forModern(result: JsonText, method: string): JsonText {
  const additions: string[] = []
  const has = (key: string): boolean => result.includes(`"${key}"`) && readMember(result, key) !== undefined
  if (!has('resultType')) additions.push('"resultType":"complete"')
  if (method === 'resources/read') {
    if (!has('ttlMs')) additions.push('"ttlMs":0')
    if (!has('cacheScope')) additions.push('"cacheScope":"private"')
  }
  return additions.length === 0 ? result : prepend(result, additions.join(','))
}

/** A legacy client takes nothing but an object for `structuredContent`; the listed schema is wrapped in the same way. */
function forLegacy(result: JsonText, entry: CatalogEntry | undefined): JsonText {
  if (!entry || !hasOpenOutput(entry.definition)) return result
  const content = readMember(result, 'structuredContent')
  return content === undefined ? result : editMembers(result, { structuredContent: `{"result":${content}}` as JsonText })
}

/** The result as the client's era demands it; between equal eras it is the server's own text. */
export function shapeResult(result: JsonText, { method, client, server, entry }: ResultShape): JsonText {
  if (client === 'modern') return server === 'modern' ? result : forModern(result, method)
  return server === 'modern' && method === 'tools/call' ? forLegacy(result, entry) : result
}
