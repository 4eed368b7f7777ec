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

/** One step down: the member or the item, and the value in it. */
function step(node: Node | undefined, part: string | number): { readonly named: Node; readonly value: Node } | undefined {
  const children = node?.children ?? []
  if (node?.type === 'array') {
    const item = children[Number(part)]
    return item && { named: item, value: item }
  }
  const member = node?.type === 'object' ? children.find((candidate) => keyOf(candidate) === String(part)) : undefined
  return member && { named: member, value: member.children?.[1] ?? member }
}

function find(root: Node | undefined, path: ConfigPath): { readonly key: number; readonly value: number } {
  let at = root
  let found = { key: root?.offset ?? 0, value: root?.offset ?? 0 }
  for (const part of path) {
    const next = step(at, part)
    if (!next) return found
    found = { key: next.named.offset, value: next.value.offset }
    at = next.value
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
