import { extname } from 'node:path'
import { z } from 'zod'
import { type Answer, defineTool, pathOf, READS } from '../define-tool.ts'
import { numberLines, splitLines } from '../files/number-lines.ts'
import { readWhole } from '../files/read-whole.ts'
import { decodeText } from '../files/text-content.ts'
import { parseNotebook, showNotebook } from '../notebook.ts'
import { ToolFailureError } from '../tool-failure.ts'

const MOST_LINES = 2_000
const LONGEST_LINE = 2_000
const MOST_CHARACTERS = 256 * 1024

/** By the first bytes: a name says nothing. */
const IMAGES: readonly (readonly [mimeType: string, start: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
]

function imageType(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, 16)
  return IMAGES.find(([, pattern]) => pattern.test(start))?.[0]
}

function showLines(text: string, offset: number, limit: number): string {
  const lines = splitLines(text)
  if (lines.length === 0) return 'Warning: the file exists but its contents are empty.'
  if (offset > lines.length) return `Warning: the file exists but is shorter than the provided offset (${offset}). The file has ${lines.length} lines.`
  const chosen = lines.slice(offset - 1, offset - 1 + limit).map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}… [line truncated]` : line))
  const shown = numberLines(chosen, offset)
  if (shown.length > MOST_CHARACTERS) throw new ToolFailureError(`These ${chosen.length} lines are longer than ${MOST_CHARACTERS} characters. Read fewer of them with \`offset\` and \`limit\`, or search with Grep.`)
  const next = offset + chosen.length
  return next <= lines.length ? `${shown}\n\n[${lines.length} lines in all; go on with offset ${next}]` : shown
}

export const read = defineTool(
  {
    name: 'Read',
    title: 'Read a file',
    description: `Reads a file. Text comes with line numbers as \`cat -n\` prints them, ${MOST_LINES} lines unless \`limit\` says otherwise, lines cut at ${LONGEST_LINE} characters; PNG, JPEG, GIF and WebP come as images, notebooks as cells. A file must be read before it is edited.`,
    input: {
      file_path: z.string().describe('The absolute path of the file.'),
      offset: z.int().min(0).optional().describe('The line to start at, from 1.'),
      limit: z.int().min(1).optional().describe('How many lines.'),
    },
    annotations: READS,
  },
  async ({ file_path, offset = 1, limit = MOST_LINES }, call): Promise<Answer> => {
    const { path, bytes } = await readWhole(call.workspace.roots, pathOf(file_path, call), call.workspace.settings.fileBytes)
    const mimeType = imageType(bytes)
    if (mimeType !== undefined) return [{ type: 'image', data: bytes.toString('base64'), mimeType }]
    const content = decodeText(bytes)
    if (!content) throw new ToolFailureError('This is a binary file, which Read cannot show.')
    const answer = extname(path) === '.ipynb' ? showNotebook(parseNotebook(content.text)) : showLines(content.text, Math.max(1, offset), limit)
    call.session.noteContent(path, bytes)
    return answer
  },
)
