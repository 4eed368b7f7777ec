/** What a template may name inside `{{#each servers}}` and `{{#each unavailable}}`. */
const FIELDS = {
  servers: ['name', 'title', 'tags', 'tools', 'instructions'],
  unavailable: ['name', 'state', 'reason'],
} as const

export type TemplateList = keyof typeof FIELDS

/** One item of a list, by the names of its fields. */
export type TemplateItem = Readonly<Record<string, string>>

/** What a template is filled with. */
export interface TemplateValues {
  readonly servers: readonly TemplateItem[]
  readonly unavailable: readonly TemplateItem[]
  /** The lists as they are written without a template, for `{{servers}}` and `{{unavailable}}`. */
  readonly whole: Readonly<Record<TemplateList, string>>
}

/** A template that can be filled. Values are inserted as they are: what looks like a placeholder in them stays text. */
export interface InstructionsTemplate {
  readonly text: string
  fill(values: TemplateValues): string
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'whole'; readonly list: TemplateList }
  | { readonly kind: 'each'; readonly list: TemplateList; readonly parts: readonly Part[] }

export type ParsedTemplate = { readonly kind: 'valid'; readonly template: InstructionsTemplate } | { readonly kind: 'invalid'; readonly problem: string }

const isList = (name: string): name is TemplateList => Object.hasOwn(FIELDS, name)

const KNOWN = '`{{servers}}`, `{{unavailable}}`, `{{#each servers}}…{{/each}}` and `{{#each unavailable}}…{{/each}}`'

class TemplateProblem extends Error {}

function readName(name: string, inside: TemplateList | undefined): Part {
  if (inside !== undefined && (FIELDS[inside] as readonly string[]).includes(name)) return { kind: 'field', name }
  if (inside === undefined && isList(name)) return { kind: 'whole', list: name }
  const known = inside === undefined ? KNOWN : FIELDS[inside].map((field) => `\`{{${field}}}\``).join(', ')
  throw new TemplateProblem(`\`{{${name}}}\` means nothing here. There are ${known}.`)
}

/** The parts up to the end, or up to the `{{/each}}` of the list that they are in. */
function readParts(tokens: string[], inside: TemplateList | undefined): readonly Part[] {
  const parts: Part[] = []
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const tag = /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(token)?.[1]
    const list = tag === undefined ? undefined : /^#each\s+(\S+)$/.exec(tag)?.[1]
    if (tag === undefined) parts.push({ kind: 'text', text: token })
    else if (tag === '/each') {
      if (inside === undefined) throw new TemplateProblem('`{{/each}}` ends nothing.')
      return parts
    } else if (list !== undefined) {
      if (inside !== undefined || !isList(list)) throw new TemplateProblem(`\`{{#each ${list}}}\` means nothing here. There are ${KNOWN}.`)
      parts.push({ kind: 'each', list, parts: readParts(tokens, list) })
    } else parts.push(readName(tag, inside))
  }
  if (inside !== undefined) throw new TemplateProblem(`\`{{#each ${inside}}}\` has no \`{{/each}}\`.`)
  return parts
}

function write(parts: readonly Part[], values: TemplateValues, item: TemplateItem): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'text':
          return part.text
        case 'field':
          return item[part.name] ?? ''
        case 'whole':
          return values.whole[part.list]
        case 'each':
          return values[part.list].map((each) => write(part.parts, values, each)).join('')
      }
    })
    .join('')
}

/** Reads a template of instructions: placeholders in double braces, two of them lists that may be written item by item. */
export function parseInstructionsTemplate(text: string): ParsedTemplate {
  try {
    const parts = readParts(text.split(/(\{\{[^{}]*\}\})/).filter((token) => token !== ''), undefined)
    return { kind: 'valid', template: { text, fill: (values) => write(parts, values, {}).trim() } }
  } catch (error) {
    if (error instanceof TemplateProblem) return { kind: 'invalid', problem: error.message }
    throw error
  }
}
