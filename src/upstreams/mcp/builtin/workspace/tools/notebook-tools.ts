import { extname } from 'node:path'
import { z } from 'zod'
import { changeNotebook } from '../change-notebook.ts'
import { defineTool, pathOf, READS, whileWritable, WRITES } from '../define-tool.ts'
import { readWhole } from '../files/read-whole.ts'
import { requireText } from '../files/text-content.ts'
import { writeWhole } from '../files/write-whole.ts'
import { parseNotebook, showNotebook } from '../notebook.ts'
import { ToolFailureError } from '../tool-failure.ts'

function requireNotebook(path: string): void {
  if (extname(path) !== '.ipynb') throw new ToolFailureError('File must be a Jupyter notebook (.ipynb file). For editing other file types, use Edit.')
}

export const notebookRead = defineTool(
  {
    name: 'NotebookRead',
    title: 'Read a notebook',
    description: 'Reads a Jupyter notebook: its cells with their outputs, or one of them.',
    input: { notebook_path: z.string().describe('The absolute path of the notebook.'), cell_id: z.string().optional().describe('The id of the only cell to read.') },
    annotations: READS,
  },
  async ({ notebook_path, cell_id }, call) => {
    requireNotebook(notebook_path)
    const { path, bytes } = await readWhole(call.workspace.roots, pathOf(notebook_path, call), call.workspace.settings.fileBytes)
    const shown = showNotebook(parseNotebook(requireText(bytes).text), cell_id)
    call.session.noteContent(path, bytes)
    return shown
  },
)

const DONE = { replace: 'Updated', insert: 'Inserted', delete: 'Deleted' } as const

export const notebookEdit = defineTool(
  {
    name: 'NotebookEdit',
    title: 'Edit a notebook',
    description: 'Replaces, inserts or deletes one cell of a Jupyter notebook, which must have been read first. A new cell follows the cell of `cell_id`, or is the first.',
    input: {
      notebook_path: z.string().describe('The absolute path of the notebook.'),
      cell_id: z.string().optional().describe('The id of the cell; `cell-0` and so on where cells have none.'),
      new_source: z.string().describe('The source of the cell.'),
      cell_type: z.enum(['code', 'markdown']).optional().describe('Needed for a new cell.'),
      edit_mode: z.enum(['replace', 'insert', 'delete']).optional().describe('`replace` without it.'),
    },
    annotations: WRITES,
  },
  ({ notebook_path, cell_id, new_source, cell_type, edit_mode = 'replace' }, call) =>
    whileWritable(call, async () => {
      requireNotebook(notebook_path)
      const { roots, settings } = call.workspace
      const { path, bytes } = await readWhole(roots, pathOf(notebook_path, call), settings.fileBytes)
      call.session.checkSeen(path, bytes)
      const { text, encode } = requireText(bytes)
      const changed = changeNotebook(parseNotebook(text), { mode: edit_mode, cellId: cell_id, cellType: cell_type, source: new_source })
      const written = encode(changed.text)
      if (written.length > settings.fileBytes) throw new ToolFailureError(`The notebook would be longer than the ${settings.fileBytes} bytes that the workspace writes (\`fileBytes\`).`)
      call.session.noteContent(await writeWhole(roots, path, written), written)
      return `${DONE[edit_mode]} cell ${changed.cellId}${edit_mode === 'delete' ? '' : ` with ${new_source}`}`
    }),
)
