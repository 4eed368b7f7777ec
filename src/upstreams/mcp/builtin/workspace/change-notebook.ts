import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../../../lib/json.ts'
import { idOf, type Notebook } from './notebook.ts'
import { ToolFailureError } from './tool-failure.ts'

export interface NotebookChange {
  readonly mode: 'replace' | 'insert' | 'delete'
  /** Of the cell that is changed, or that a new one follows. Undefined inserts at the start. */
  readonly cellId: string | undefined
  readonly cellType: 'code' | 'markdown' | undefined
  readonly source: string
}

function newCell({ whole }: Notebook, type: 'code' | 'markdown', source: string): JsonObject {
  // Cells have ids since format 4.5.
  const hasIds = Number(whole['nbformat']) > 4 || (Number(whole['nbformat']) === 4 && Number(whole['nbformat_minor']) >= 5)
  const common = { cell_type: type, ...(hasIds ? { id: randomBytes(4).toString('hex') } : {}), metadata: {}, source }
  return type === 'code' ? { ...common, execution_count: null, outputs: [] } : common
}

/** A cell with another source has no results yet. */
function replacedCell(cell: JsonObject, type: NotebookChange['cellType'], source: string): JsonObject {
  const { outputs: _outputs, execution_count: _count, ...rest } = cell
  const kind = type ?? cell['cell_type']
  return kind === 'code' ? { ...rest, cell_type: kind, source, execution_count: null, outputs: [] } : { ...rest, cell_type: kind, source }
}

/** The notebook’s text with one cell changed, and that cell’s id. */
export function changeNotebook(notebook: Notebook, { mode, cellId, cellType, source }: NotebookChange): { readonly text: string; readonly cellId: string } {
  const { whole, cells } = notebook
  const at = cellId === undefined ? -1 : cells.findIndex((cell, index) => idOf(cell, index) === cellId)
  if (cellId !== undefined && at < 0) throw new ToolFailureError(`Cell with ID "${cellId}" not found in notebook.`)
  const print = (changed: readonly JsonObject[]): string => `${JSON.stringify({ ...whole, cells: changed }, undefined, 1)}\n`
  if (mode === 'insert') {
    if (!cellType) throw new ToolFailureError('Cell type is required when using edit_mode=insert.')
    const cell = newCell(notebook, cellType, source)
    return { text: print(cells.toSpliced(at + 1, 0, cell)), cellId: idOf(cell, at + 1) }
  }
  const cell = cells[at]
  if (!cell || cellId === undefined) throw new ToolFailureError('Cell ID must be specified when not inserting a new cell.')
  return { text: print(mode === 'delete' ? cells.toSpliced(at, 1) : cells.with(at, replacedCell(cell, cellType, source))), cellId }
}
