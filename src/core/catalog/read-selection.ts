import { describeTagFilterProblem, parseTagFilter, TAG_FILTER_LIMITS, type ParsedTagFilter } from '../../domain/parse-tag-filter.ts'
import { normalTag, type TagExpression } from '../../domain/tag-expression.ts'
import type { CatalogFilter } from './catalog.ts'
import { SelectionError } from './selection-error.ts'

/** The ways to select servers; at most one is used at a time. */
export const SELECTORS = ['preset', 'tag-filter', 'filter', 'tags'] as const

export type SelectorName = (typeof SELECTORS)[number]

/** One selector as a client wrote it, in an address or on a command line. */
export interface Selector {
  readonly name: SelectorName
  readonly text: string
  /** The same as a web form would mean it, where every `+` is a space. */
  readonly formText?: string
}

export type Selection =
  | { readonly kind: 'preset'; readonly preset: string }
  | { readonly kind: 'tags'; readonly expression: TagExpression }

const list = (names: readonly string[]): string => `${names.slice(0, -1).map((name) => `\`${name}\``).join(', ')} and \`${names.at(-1) ?? ''}\``

/** The only selector that is there. Throws a `SelectionError` for two. */
function soleSelector(selectors: readonly Selector[]): Selector | undefined {
  const [first] = selectors
  if (!first || selectors.length === 1) return first
  const parameters = [...new Set(selectors.map(({ name }) => name))]
  if (parameters.length === 1) {
    throw new SelectionError('invalid_request', `Expected \`${first.name}\` once, found it ${selectors.length} times.`, { reason: 'repeated', parameter: first.name })
  }
  throw new SelectionError('invalid_request', `Expected one of ${list(SELECTORS)}, found ${list(parameters)}.`, { reason: 'exclusive', parameters })
}

/** Commas between tags; servers with any of them. */
function readTagList({ name, text, formText = text }: Selector): Selection {
  const { characters, tags: mostTags, tagCharacters } = TAG_FILTER_LIMITS
  const refuse = (limit: number, what: string): never => {
    throw new SelectionError('invalid_request', `Expected \`${name}\` to have at most ${limit} ${what}.`, { reason: 'too-long', parameter: name, limit })
  }
  if (text.length > characters) refuse(characters, 'characters')
  const tags = [...new Set(formText.split(',').map(normalTag).filter((tag) => tag !== ''))]
  if (tags.length === 0) throw new SelectionError('invalid_request', `Expected \`${name}\` to name tags, found none.`, { reason: 'empty', parameter: name })
  if (tags.length > mostTags) refuse(mostTags, 'tags')
  if (tags.some((tag) => tag.length > tagCharacters)) refuse(tagCharacters, 'characters in a tag')
  const parts = tags.map((tag) => ({ tag }))
  return { kind: 'tags', expression: parts.length === 1 && parts[0] ? parts[0] : { any: parts } }
}

/** At an end it is an operator that lacks a side: no form begins or ends with a space. */
const LOOSE_PLUS = /^\+|\+$/

/** A `+` in an address is either the operator or a form's space; never do both readings make sense outside of quotes. */
function parseEither({ text, formText }: Selector): ParsedTagFilter {
  const parsed = parseTagFilter(text)
  if (parsed.kind === 'valid' || formText === undefined || formText === text || LOOSE_PLUS.test(text)) return parsed
  const asForm = parseTagFilter(formText)
  return asForm.kind === 'valid' ? asForm : parsed
}

function readExpression(selector: Selector): Selection {
  const parsed = parseEither(selector)
  if (parsed.kind === 'valid') return { kind: 'tags', expression: parsed.expression }
  const { name: parameter } = selector
  throw new SelectionError('invalid_request', `\`${parameter}\`: ${describeTagFilterProblem(parsed.problem)}`, { reason: 'syntax', parameter, ...parsed.problem })
}

/** What no simple list of tags has: who writes it means the grammar, and wants to hear what is wrong. */
const GRAMMAR = /[+!()&|"']|(?:^|[\s,])-|(?:^|[\s,])(?:and|or|not)(?:$|[\s,])/i

/** The older parameter: the grammar where it fits, else a plain list of tags, which may hold spaces. */
function readLegacyFilter(selector: Selector): Selection {
  const isGrammar = parseEither(selector).kind === 'valid' || GRAMMAR.test(selector.text)
  return isGrammar ? readExpression(selector) : readTagList(selector)
}

/**
 * What a client selects, from whatever surface. Nothing for no selector; a selector that cannot be read is refused with a
 * `SelectionError`, since ignoring it would show more than was asked for.
 */
export function readSelection(selectors: readonly Selector[]): Selection | undefined {
  const selector = soleSelector(selectors)
  if (!selector) return undefined
  const { name, text, formText = text } = selector
  if (text.trim() === '') throw new SelectionError('invalid_request', `Expected \`${name}\` to select something, found nothing.`, { reason: 'empty', parameter: name })
  switch (name) {
    case 'preset':
      return { kind: 'preset', preset: formText.trim() }
    case 'tag-filter':
      return readExpression(selector)
    case 'filter':
      return readLegacyFilter(selector)
    case 'tags':
      return readTagList(selector)
  }
}

/** The filter narrowed to the selection. */
export function narrowFilter(filter: CatalogFilter, selection: Selection | undefined): CatalogFilter {
  if (!selection) return filter
  return selection.kind === 'preset' ? { ...filter, preset: selection.preset } : { ...filter, tags: selection.expression }
}
