import { isUtf8 } from 'node:buffer'

const START = '=?base64?'
const END = '?='
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const PLAIN = /^[\t\x20-\x7e]*$/

/**
 * The value that a header carries: itself, or the UTF-8 text inside `=?base64?…?=`. Undefined when it is neither, as with
 * bad Base64 or raw bytes beyond ASCII. @see revision 2026-07-28, value encoding
 */
export function decodeHeaderValue(header: string): string | undefined {
  if (!PLAIN.test(header)) return undefined
  if (!header.startsWith(START) || !header.endsWith(END) || header.length < START.length + END.length) return header
  const encoded = header.slice(START.length, -END.length)
  if (!BASE64.test(encoded)) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
