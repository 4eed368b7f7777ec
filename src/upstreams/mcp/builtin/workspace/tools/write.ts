import { z } from 'zod'
import { defineTool, pathOf, whileWritable, WRITES } from '../define-tool.ts'
import { readExisting } from '../files/read-existing.ts'
import { writeWhole } from '../files/write-whole.ts'
import { ToolFailureError } from '../tool-failure.ts'

export const write = defineTool(
  {
    name: 'Write',
    title: 'Write a file',
    description: 'Writes a file as a whole, and makes the folders that it needs. A file that exists must have been read first. Prefer Edit for changes.',
    input: { file_path: z.string().describe('The absolute path of the file.'), content: z.string().describe('What the file shall hold.') },
    annotations: WRITES,
  },
  ({ file_path, content }, call) =>
    whileWritable(call, async () => {
      const { roots, settings } = call.workspace
      const bytes = Buffer.from(content)
      if (bytes.length > settings.fileBytes) throw new ToolFailureError(`The content is longer than the ${settings.fileBytes} bytes that the workspace writes (\`fileBytes\`).`)
      const path = pathOf(file_path, call)
      const before = await readExisting(roots, path, settings.fileBytes)
      if (before) call.session.checkSeen(before.path, before.bytes)
      call.session.noteContent(await writeWhole(roots, path, bytes), bytes)
      return before ? `The file ${file_path} has been updated.` : `File created successfully at: ${file_path}`
    }),
)
