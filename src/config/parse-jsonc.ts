import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { JsonValue } from '../lib/json.ts'
import type { ConfigIssue } from './config-error.ts'
import type { ParsedDocument } from './parsed-document.ts'
import { createLineIndex, type ConfigPath } from './position.ts'

const keyOf = (member: Node): string => String(member.children?.[0]?.value)

/** `Object.fromEntries` makes `__proto__` an ordinary member, which assignment would not. */
function toValue(node: Node | undefined): JsonValue {
  if (node?.type === 'object') return Object.fromEntries((node.children ?? []).map((member) => [keyOf(member), toValue(member.children?.[1])]))
  if (node?.type === 'array') return (node.children ?? []).map(toValue)
  return (node?.value ?? null) as JsonValue
}

function find(root: Node | undefined, path: ConfigPath): { readonly key: number; readonly value: number } {
  let node = root
  let found = { key: root?.offset ?? 0, value: root?.offset ?? 0 }
  for (const part of path) {
    const member = node?.type === 'object' ? node.children?.find((candidate) => keyOf(candidate) === String(part)) : undefined
    const next = member ? member.children?.[1] : node?.type === 'array' ? node.children?.[Number(part)] : undefined
    if (!member && !next) return found
    found = { key: member?.offset ?? next?.offset ?? found.key, value: next?.offset ?? member?.offset ?? found.value }
    node = next
  }
  return found
}

function* duplicates(node: Node | undefined): Generator<{ readonly key: string; readonly offset: number }> {
  const seen = new Set<string>()
  for (const child of node?.children ?? []) {
    if (node?.type === 'object') {
      const key = keyOf(child)
      if (seen.has(key)) yield { key, offset: child.offset }
      seen.add(key)
    }
    yield* duplicates(child)
  }
}

/** `PropertyNameExpected` → `property name expected` */
const words = (code: string): string => code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()

/** JSON with comments and trailing commas, which editors and clients write into `.json` files as well. */
export function parseJsoncDocument(file: string, text: string): ParsedDocument {
  const place = createLineIndex(text)
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const issues: ConfigIssue[] = errors.map(({ error, offset }) => ({
    file,
    ...place(offset),
    message: `This is not JSON: ${words(printParseErrorCode(error))}.`,
  }))
  for (const { key, offset } of duplicates(root)) issues.push({ file, ...place(offset), message: `The name \`${key}\` is used twice.` })
  return { file, value: toValue(root), issues, locate: (path, part) => place(find(root, path)[part]) }
}
