import { SelectionError, SELECTORS, type Selector, type SelectorName } from '../../core/catalog/index.ts'

/** Names that are nearly ours: a client that is not understood would be shown everything. */
const MEANT: ReadonlyMap<string, SelectorName> = new Map([
  ['preset', 'preset'],
  ['presets', 'preset'],
  ['tagfilter', 'tag-filter'],
  ['tagfilters', 'tag-filter'],
  ['filter', 'filter'],
  ['filters', 'filter'],
  ['tag', 'tags'],
  ['tags', 'tags'],
])

/** Stands for a `+` in the address until it is known what it means; `%2B` is a plus for certain. */
const RAW_PLUS = '\0'
const QUOTED = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gs

/** Undefined for what is not percent-encoded UTF-8. */
function decode(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw.replaceAll('+', RAW_PLUS))
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

function nameOf(key: string): SelectorName | undefined {
  const name = SELECTORS.find((known) => known === key)
  if (name) return name
  const meant = MEANT.get(key.toLowerCase().replaceAll(/[-_]/g, ''))
  if (meant) throw new SelectionError('invalid_request', `There is no parameter \`${key}\`. Did you mean \`${meant}\`?`, { reason: 'misspelt', parameter: key, expected: meant })
  return undefined
}

function readOne(name: SelectorName, raw: string): Selector {
  const decoded = decode(raw)
  if (decoded === undefined) throw new SelectionError('invalid_request', `Expected \`${name}\` to be percent-encoded UTF-8.`, { reason: 'encoding', parameter: name })
  const spaced = (text: string): string => text.replaceAll(RAW_PLUS, ' ')
  // Between quotes it is what forms write for a space; nobody means the operator there.
  return { name, text: decoded.replaceAll(QUOTED, spaced).replaceAll(RAW_PLUS, '+'), formText: spaced(decoded) }
}

/**
 * The selectors in a request's address, in their order. `own` are parameters that the route reads itself. A `+` may be
 * the operator, as people write it, or a space, as forms do: both readings are handed on.
 */
export function readQuerySelectors(url: string, own: readonly string[] = []): readonly Selector[] {
  const mark = url.indexOf('?')
  if (mark < 0) return []
  const pairs = url.slice(mark + 1).split('&')
  return pairs.flatMap((pair): readonly Selector[] => {
    const [rawKey = '', ...rest] = pair.split('=')
    const key = decode(rawKey)
    const name = key === undefined || own.includes(key) ? undefined : nameOf(key)
    return name ? [readOne(name, rest.join('='))] : []
  })
}
