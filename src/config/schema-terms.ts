import { z } from 'zod'
import { parseByteSize } from '../lib/parse-byte-size.ts'
import { parseDuration } from '../lib/parse-duration.ts'

/** Marks a schema’s own wording, so that it becomes “Expected `path` to be …, got …”. */
export const EXPECTED = 'expected: '

const expected = (words: string): { error: string } => ({ error: `${EXPECTED}${words}` })

/** A whole number in its range, also as digits in a string, since `${PORT}` is replaced by text. */
export function wholeNumber(min: number, max: number, words: string): z.ZodType<number, number | string> {
  const inRange = z.int(expected(words)).min(min, expected(words)).max(max, expected(words))
  const digits = z.string(expected(words)).regex(/^\d+$/, expected(words)).transform(Number).pipe(inRange)
  return z.union([inRange, digits], expected(words))
}

/** Milliseconds from `250` or `30s`. */
export function duration(minMs = 1): z.ZodType<number, number | string> {
  const words = 'a duration such as `30s`, `10m` or milliseconds'
  const accepted = (value: number | string): boolean => (parseDuration(value) ?? -1) >= minMs
  return z
    .union([z.number(), z.string()], expected(words))
    .refine(accepted, expected(words))
    .transform((value) => parseDuration(value) ?? 0)
}

/** Bytes from `4096` or `16MB`. */
export function byteSize(min = 1): z.ZodType<number, number | string> {
  const words = min > 1 ? `a size of at least ${min} bytes, such as \`16KB\`` : 'a size such as `16MB` or bytes'
  const accepted = (value: number | string): boolean => (parseByteSize(value) ?? -1) >= min
  return z
    .union([z.number(), z.string()], expected(words))
    .refine(accepted, expected(words))
    .transform((value) => parseByteSize(value) ?? 0)
}

/** True or false, also as a word, since `${FLAG}` is replaced by text. */
export function flag(): z.ZodType<boolean, boolean | 'true' | 'false'> {
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], expected('`true` or `false`'))
    .transform((value) => value === true || value === 'true')
}

export function text(words = 'a text'): z.ZodString {
  return z.string(expected(words)).min(1, expected(words))
}

export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words): z.ZodType<Words[number], Words[number]> {
  return z.enum(words, expected(`one of ${words.map((word) => `\`${word}\``).join(', ')}`)) as z.ZodType<Words[number], Words[number]>
}

/** YAML reads `3000` and `true` as what they look like; arguments and variables of a process are texts. */
export const processText = z
  .union([z.string(), z.number(), z.boolean()], expected('a text'))
  .transform((value) => String(value))

/** An address, or a network such as `10.0.0.0/8`. */
export const network = z.string().regex(/^[0-9a-f.:]+(?:\/\d{1,3})?$/i, `${EXPECTED}an address or a network such as \`10.0.0.0/8\``)

export const textList = z.array(text(), expected('a list of texts'))

const isHttpUrl = (value: string): boolean => {
  const url = URL.parse(value)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:')
}

export const httpUrl = z.string(expected('an http or https address')).refine(isHttpUrl, expected('an http or https address'))

/** RFC 9110 §5.1 and §5.5: a token, and a value without line breaks or NUL. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, expected('the name of an HTTP header'))
const headerValue = processText.refine((value) => !/[\r\n\0]/.test(value), expected('one line'))

export const headers = z.record(headerName, headerValue, expected('a map of header names to values'))

/** Names become path segments and prefixes of tool names. */
export const entityName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, expected('1–64 letters, digits, `.`, `_` or `-`, starting with a letter or digit'))
