/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export type ConfigPath = readonly (string | number)[]

/** `providers.openai.headers` · `models.smart.targets[0]` · `mcpServers["my server"]` */
export function writePath(path: ConfigPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      if (!/^[A-Za-z0-9_$-]+$/.test(part)) return `[${JSON.stringify(part)}]`
      return index === 0 ? part : `.${part}`
    })
    .join('')
}

/** Turns an offset into a line and a column without walking the text again for each question. */
export function createLineIndex(text: string): (offset: number) => Position {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset)
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
}
