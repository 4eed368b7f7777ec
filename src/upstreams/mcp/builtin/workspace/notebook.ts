import { isJsonObject, type JsonObject, type JsonValue } from '../../../../lib/json.ts'
import type { Answer } from './define-tool.ts'
import { ToolFailureError } from './tool-failure.ts'

/** A Jupyter notebook, with everything that we do not know kept in place. @see https://nbformat.readthedocs.io/en/latest/format_description.html */
export interface Notebook {
  readonly whole: JsonObject
  readonly cells: readonly JsonObject[]
}

const LONGEST_OUTPUT = 10_000

export function parseNotebook(text: string): Notebook {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch {
    throw new ToolFailureError('Notebook is not valid JSON.')
  }
  const cells: unknown = isJsonObject(whole) ? whole['cells'] : undefined
  if (!isJsonObject(whole) || !Array.isArray(cells) || !cells.every(isJsonObject)) throw new ToolFailureError('Expected a notebook with `cells` (format 4).')
  return { whole, cells }
}

/** Notebooks keep text as one string or as its lines. */
const joined = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : Array.isArray(value) ? value.filter((line) => typeof line === 'string').join('') : '')

export const idOf = (cell: JsonObject, index: number): string => (typeof cell['id'] === 'string' ? cell['id'] : `cell-${index}`)

function cut(text: string): string {
  return text.length > LONGEST_OUTPUT ? `${text.slice(0, LONGEST_OUTPUT)}… [output truncated]` : text
}

function showOutput(output: JsonValue): readonly JsonObject[] {
  if (!isJsonObject(output)) return []
  const text = (value: string): JsonObject => ({ type: 'text', text: cut(value) })
  if (output['output_type'] === 'stream') return [text(joined(output['text']))]
  if (output['output_type'] === 'error') return [text(`${joined(output['ename'])}: ${joined(output['evalue'])}\n${joined(output['traceback'])}`)]
  const data = isJsonObject(output['data']) ? output['data'] : {}
  const plain = joined(data['text/plain'])
  const image = (['image/png', 'image/jpeg'] as const).find((mimeType) => data[mimeType] !== undefined)
  return [...(plain === '' ? [] : [text(plain)]), ...(image ? [{ type: 'image', data: joined(data[image]).replaceAll(/\s/g, ''), mimeType: image }] : [])]
}

function showCell(cell: JsonObject, index: number, language: string): readonly JsonObject[] {
  const kind = cell['cell_type'] === 'code' ? '' : `<cell_type>${joined(cell['cell_type'])}</cell_type>`
  const tongue = cell['cell_type'] === 'code' && language !== 'python' ? `<language>${language}</language>` : ''
  const id = idOf(cell, index)
  const outputs = Array.isArray(cell['outputs']) ? (cell['outputs'] as readonly JsonValue[]) : []
  return [{ type: 'text', text: `<cell id="${id}">${kind}${tongue}${joined(cell['source'])}</cell id="${id}">` }, ...outputs.flatMap(showOutput)]
}

/** Cells with their outputs, as blocks. `only` is the id of a cell. */
export function showNotebook({ whole, cells }: Notebook, only?: string): Answer {
  const metadata = isJsonObject(whole['metadata']) ? whole['metadata'] : {}
  const info = isJsonObject(metadata['language_info']) ? metadata['language_info'] : {}
  const language = typeof info['name'] === 'string' ? info['name'] : 'python'
  const shown = cells.flatMap((cell, index) => (only === undefined || idOf(cell, index) === only ? [showCell(cell, index, language)] : []))
  if (only !== undefined && shown.length === 0) throw new ToolFailureError(`Cell with ID "${only}" not found in notebook.`)
  return shown.length === 0 ? 'The notebook has no cells.' : shown.flat()
}
