/** A value that a request context gives, as `{{project.path}}` or with something to fall back on, `{{context.branch:-main}}`. */
export interface TemplateValue {
  readonly name: string
  readonly fallback: string | undefined
}

export type TemplatePart = string | TemplateValue

export type ParsedTemplate = { readonly kind: 'valid'; readonly parts: readonly TemplatePart[] } | { readonly kind: 'invalid'; readonly problem: string }

/** What names may begin with. `principal` is the gateway’s own knowledge; all others are the client’s word. */
export const TEMPLATE_ROOTS = ['project', 'user', 'environment', 'custom', 'context', 'transport', 'principal'] as const

/** 1MCP’s third brace says that a value is not escaped for a web page, which it never is here. */
const FORM = /\{\{\{([^{}]*)\}\}\}|\{\{([^{}]*)\}\}/g
const VALUE = /^\s*([A-Za-z]\w*(?:\.[\w-]+)+)(?:\s*:-([^]*?))?\s*$/

const list = TEMPLATE_ROOTS.map((root) => `\`${root}.…\``).join(', ')

function readValue(inner: string): TemplateValue | string {
  const [, name, fallback] = VALUE.exec(inner) ?? []
  if (name === undefined) return `\`{{${inner}}}\` is no value: only \`{{name}}\` and \`{{name:-default}}\` are known, and names have parts, as in \`project.path\`.`
  const root = name.split('.', 1)[0] ?? ''
  if (!(TEMPLATE_ROOTS as readonly string[]).includes(root)) return `\`{{${inner}}}\` begins with none of ${list}.`
  return { name, fallback }
}

/** Reads the values in a text. Anything else in double braces is a problem: a block or a function must not become an argument. */
export function parseTemplateText(text: string): ParsedTemplate {
  const parts: TemplatePart[] = []
  let end = 0
  for (const match of text.matchAll(FORM)) {
    const value = readValue(match[1] ?? match[2] ?? '')
    if (typeof value === 'string') return { kind: 'invalid', problem: value }
    parts.push(text.slice(end, match.index), value)
    end = match.index + match[0].length
  }
  parts.push(text.slice(end))
  const stray = parts.find((part) => typeof part === 'string' && (part.includes('{{') || part.includes('}}')))
  if (stray !== undefined) return { kind: 'invalid', problem: '`{{` and `}}` do not pair up. A value is written as `{{project.path}}`.' }
  return { kind: 'valid', parts: parts.filter((part) => part !== '') }
}
