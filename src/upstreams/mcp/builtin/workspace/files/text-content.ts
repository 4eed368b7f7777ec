import { ToolFailureError } from '../tool-failure.ts'

/** A text file as a model sees it: `\n` ends lines, and there is no byte order mark. `encode` gives a changed text the file’s own form. */
export interface TextContent {
  readonly text: string
  encode(text: string): Buffer
}

const MARK = '\uFEFF'

/** Undefined for what is not UTF-8 text. */
export function decodeText(bytes: Buffer): TextContent | undefined {
  if (bytes.includes(0)) return undefined
  let whole: string
  try {
    whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
  const mark = whole.startsWith(MARK) ? MARK : ''
  const body = whole.slice(mark.length)
  const lines = body.split('\n').length - 1
  const isWindows = lines > 0 && body.split('\r\n').length - 1 === lines
  // A file that mixes line ends keeps each as it is: only a uniform one can be restored.
  if (!isWindows) return { text: body, encode: (text) => Buffer.from(mark + text) }
  return { text: body.replaceAll('\r\n', '\n'), encode: (text) => Buffer.from(mark + text.replaceAll(/\r?\n/g, '\r\n')) }
}

export function requireText(bytes: Buffer): TextContent {
  const content = decodeText(bytes)
  if (!content) throw new ToolFailureError('The file is not UTF-8 text, so it cannot be edited as text.')
  return content
}
