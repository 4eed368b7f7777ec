const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', mdash: '—', ndash: '–', hellip: '…', copy: '©', laquo: '«', raquo: '»', rsquo: '’', lsquo: '‘', ldquo: '“', rdquo: '”' }
/** Their content is not text. */
const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'object', 'head'])
const BLOCKS = new Set(['address', 'article', 'aside', 'blockquote', 'div', 'dl', 'fieldset', 'figure', 'footer', 'form', 'header', 'main', 'nav', 'ol', 'p', 'section', 'table', 'ul'])
const MARKS: Readonly<Record<string, string>> = { b: '**', strong: '**', em: '*', i: '*', code: '`' }

function decodeEntities(text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,8});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return NAMED[name.toLowerCase()] ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole
  })
}

interface Printer {
  text: string
  readonly lists: { isOrdered: boolean; count: number }[]
  readonly links: string[]
  preformatted: number
}

function openTag(out: Printer, name: string, attribute: (name: string) => string | undefined, base: URL): void {
  const heading = /^h([1-6])$/.exec(name)
  if (heading) out.text += `\n\n${'#'.repeat(Number(heading[1]))} `
  else if (name === 'br') out.text += '\n'
  else if (name === 'hr') out.text += '\n\n---\n\n'
  else if (name === 'li') {
    const list = out.lists.at(-1)
    if (list) list.count++
    out.text += `\n${'  '.repeat(Math.max(0, out.lists.length - 1))}${list?.isOrdered ? `${list.count}. ` : '- '}`
  } else if (name === 'pre') {
    out.preformatted++
    out.text += '\n\n```\n'
  } else if (name === 'tr') out.text += '\n| '
  else if (name === 'a') {
    const url = URL.parse(attribute('href') ?? '', base.href)
    const target = url && /^https?:$/.test(url.protocol) ? url.href : ''
    out.links.push(target)
    if (target !== '') out.text += '['
  } else if (name === 'img') out.text += attribute('alt') ? `![${attribute('alt') ?? ''}]` : ''
  else if (BLOCKS.has(name)) {
    if (name === 'ul' || name === 'ol') out.lists.push({ isOrdered: name === 'ol', count: 0 })
    out.text += out.lists.length > 1 && (name === 'ul' || name === 'ol') ? '' : '\n\n'
    if (name === 'blockquote') out.text += '> '
  } else if (out.preformatted === 0) out.text += MARKS[name] ?? ''
}

function closeTag(out: Printer, name: string): void {
  if (name === 'a') {
    const target = out.links.pop()
    if (target) out.text += `](${target})`
  } else if (name === 'pre') {
    out.preformatted = Math.max(0, out.preformatted - 1)
    out.text += '\n```\n\n'
  } else if (name === 'td' || name === 'th') out.text += ' | '
  else if (/^h[1-6]$/.test(name) || BLOCKS.has(name)) {
    if (name === 'ul' || name === 'ol') out.lists.pop()
    out.text += '\n\n'
  } else if (out.preformatted === 0) out.text += MARKS[name] ?? ''
}

function attributeOf(source: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(source)
  return match ? decodeEntities(match[1] ?? match[2] ?? match[3] ?? '') : undefined
}

/** A page as Markdown, for reading: structure and links stay, looks and scripts go. It is no validator; linear in the length. */
export function htmlToMarkdown(html: string, base: URL): string {
  const out: Printer = { text: '', lists: [], links: [], preformatted: 0 }
  const lower = html.toLowerCase()
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    const text = decodeEntities(html.slice(at, open < 0 ? undefined : open))
    const shown = out.preformatted > 0 ? text : text.replaceAll(/\s+/g, ' ')
    out.text += shown === ' ' && /\s$/.test(out.text.slice(-1)) ? '' : shown
    if (open < 0) break
    const isComment = html.startsWith('<!--', open)
    const close = html.indexOf(isComment ? '-->' : '>', open)
    if (close < 0) break
    at = close + (isComment ? 3 : 1)
    const source = html.slice(open, close)
    const name = /^<\/?([a-z][a-z0-9-]{0,30})/i.exec(source)?.[1]?.toLowerCase()
    if (isComment || name === undefined) continue
    if (source.startsWith('</')) closeTag(out, name)
    else if (SKIPPED.has(name) && !source.endsWith('/')) {
      const end = lower.indexOf(`</${name}`, at)
      at = end < 0 ? html.length : end
    } else openTag(out, name, (wanted) => attributeOf(source, wanted), base)
  }
  return out.text.split('\n').map((line) => line.trimEnd()).join('\n').replaceAll(/\n{3,}/g, '\n\n').trim()
}
