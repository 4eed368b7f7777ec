const EXPRESSION = /\{([+#./;?&]?)([^{}]*)\}/g

const escapeLiteral = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** What an expansion of the operator may hold; a plain expression never holds a slash. @see RFC 6570 section 3.2 */
const EXPANSIONS: Readonly<Record<string, string>> = {
  '': '[^/?#]*',
  '+': '.*',
  '#': '(?:#.*)?',
  '.': '(?:\\.[^/?#]*)?',
  '/': '(?:/[^?#]*)?',
  ';': '(?:;[^/?#]*)?',
  '?': '(?:\\?[^#]*)?',
  '&': '(?:&[^#]*)?',
}

/** A recogniser of the URIs that a template can expand to. It may take a few more than the template means, never fewer. */
export function compileTemplate(template: string): (uri: string) => boolean {
  let pattern = ''
  let at = 0
  for (const match of template.matchAll(EXPRESSION)) {
    const expansion = EXPANSIONS[match[1] ?? ''] ?? '.*'
    const literal = escapeLiteral(template.slice(at, match.index))
    // Equal neighbours say nothing more and would make the recogniser slow.
    if (literal !== '' || !pattern.endsWith(expansion)) pattern += literal + expansion
    at = match.index + match[0].length
  }
  const recogniser = new RegExp(`^${pattern}${escapeLiteral(template.slice(at))}$`, 's')
  return (uri) => uri.length <= MAX_URI && recogniser.test(uri)
}

/** Expressions with few literals between them are matched in more than linear time; a longer URI is no use to anybody. */
const MAX_URI = 8192
