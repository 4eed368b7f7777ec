import { z } from 'zod'
import { defineTool, pathOf, whileWritable, WRITES } from '../define-tool.ts'
import { changedSnippet } from '../files/change-text.ts'
import { editFile } from '../files/edit-file.ts'

export const edit = defineTool(
  {
    name: 'Edit',
    title: 'Edit a file',
    description: 'Replaces a text in a file exactly. `old_string` must be there once, white space included, unless `replace_all`. The file must have been read first, and not have changed since. An empty `old_string` makes a new file.',
    input: {
      file_path: z.string().describe('The absolute path of the file.'),
      old_string: z.string().describe('The text to replace.'),
      new_string: z.string().describe('The text in its place.'),
      replace_all: z.boolean().optional().describe('Replace it wherever it is.'),
    },
    annotations: WRITES,
  },
  ({ file_path, old_string, new_string, replace_all = false }, call) =>
    whileWritable(call, async () => {
      const { before, after } = await editFile(pathOf(file_path, call), [{ oldText: old_string, newText: new_string, isEverywhere: replace_all }], call)
      if (before === undefined) return `File created successfully at: ${file_path}`
      return `The file ${file_path} has been updated. Here's the result of running \`cat -n\` on a snippet of the edited file:\n${changedSnippet(before, after)}`
    }),
)
