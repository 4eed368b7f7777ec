import { z } from 'zod'
import { defineTool, pathOf, whileWritable, WRITES } from '../define-tool.ts'
import type { TextChange } from '../files/change-text.ts'
import { editFile } from '../files/edit-file.ts'

const change = z
  .object({
    old_string: z.string().describe('The text to replace.'),
    new_string: z.string().describe('The text in its place.'),
    replace_all: z.boolean().optional().describe('Replace it wherever it is.'),
  })

export const multiEdit = defineTool(
  {
    name: 'MultiEdit',
    title: 'Edit a file in several places',
    description: 'Makes several replacements in one file, one after the other, each on the result of the last: all of them, or none. The rules are those of Edit.',
    input: { file_path: z.string().describe('The absolute path of the file.'), edits: z.array(change).min(1).max(500).describe('The replacements, in order.') },
    annotations: WRITES,
  },
  ({ file_path, edits }, call) =>
    whileWritable(call, async () => {
      const changes = edits.map((entry): TextChange => ({ oldText: entry.old_string, newText: entry.new_string, isEverywhere: entry.replace_all ?? false }))
      const { before } = await editFile(pathOf(file_path, call), changes as [TextChange, ...TextChange[]], call)
      const list = changes.map(({ oldText, newText }, index) => `${index + 1}. Replaced ${JSON.stringify(oldText.slice(0, 80))} with ${JSON.stringify(newText.slice(0, 80))}`)
      return `${before === undefined ? 'Created' : 'Applied'} ${changes.length} ${changes.length === 1 ? 'edit' : 'edits'} to ${file_path}:\n${list.join('\n')}`
    }),
)
