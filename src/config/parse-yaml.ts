import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type ParsedNode } from 'yaml'
import type { JsonValue } from '../lib/json.ts'
import type { ConfigIssue } from './config-error.ts'
import type { ParsedDocument } from './parsed-document.ts'
import type { ConfigPath, Position } from './position.ts'

type Found = { readonly key: number; readonly value: number }

function rangeStart(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range
  return range?.[0]
}

/** Follows the path as far as it was written; a merged (`<<`) or aliased part ends at the alias. */
function find(document: Document.Parsed, path: ConfigPath): Found {
  let node: unknown = document.contents
  let found: Found = { key: rangeStart(node) ?? 0, value: rangeStart(node) ?? 0 }
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    let keyNode: unknown
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part))
      if (!pair) return found
      keyNode = pair.key
      node = pair.value
    } else if (isSeq(node)) {
      keyNode = node = node.items[Number(part)]
    } else return found
    const key = rangeStart(keyNode)
    if (key === undefined) return found
    found = { key, value: rangeStart(node) ?? key }
  }
  return found
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** YAML 1.2 with merge keys. Aliases are limited, so that a small document cannot become a huge value. */
export function parseYamlDocument(file: string, text: string): ParsedDocument {
  const lines = new LineCounter()
  const document = parseDocument<ParsedNode>(text, { lineCounter: lines, merge: true, prettyErrors: false, stringKeys: true })
  const issues: ConfigIssue[] = document.errors.map((error) => ({
    file,
    ...position(lines, error.pos[0]),
    message: `This is not YAML: ${error.message}.`,
  }))
  let value: JsonValue = null
  if (issues.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: 100 }) as JsonValue
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      issues.push({ file, line: 1, column: 1, message: `This YAML cannot be used: ${reason}.` })
    }
  }
  return { file, value, issues, locate: (path, part) => position(lines, find(document, path)[part]) }
}
