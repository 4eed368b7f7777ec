export type Cell = string | number | null | undefined

// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f]/g

const cellText = (cell: Cell): string => (cell === null || cell === undefined ? '' : String(cell).replaceAll(UNPRINTABLE, ' '))

/** Aligned columns for a terminal; tab-separated lines with the same columns for a pipe. */
export function renderTable(columns: readonly string[], rows: readonly (readonly Cell[])[], isTerminal: boolean): readonly string[] {
  const texts = rows.map((row) => row.map(cellText))
  if (!isTerminal) return texts.map((row) => row.join('\t'))
  const all = [columns.map((column) => column.toUpperCase()), ...texts]
  const widths = columns.map((_, index) => Math.min(60, Math.max(...all.map((row) => (row[index] ?? '').length))))
  return all.map((row) => row.map((text, index) => (index === row.length - 1 ? text : text.padEnd(widths[index] ?? 0))).join('  ').trimEnd())
}
