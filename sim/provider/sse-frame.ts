import type { Script } from './script.ts'

const NEWLINES = { lf: '\n', crlf: '\r\n', cr: '\r' } as const

/** One server-sent event with its blank line, and a comment before it if the script wants one. */
export function writeSseFrame(data: string, name: string | undefined, script: Script, usual: keyof typeof NEWLINES = 'lf'): string {
  const end = NEWLINES[script.newline ?? usual]
  const comment = script.comments === true ? `: SIMULATOR PROCESSING${end}${end}` : ''
  return `${comment}${name === undefined ? '' : `event: ${name}${end}`}data: ${data}${end}${end}`
}
