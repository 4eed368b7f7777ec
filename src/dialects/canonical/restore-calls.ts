import type { StreamPart } from './stream.ts'
import type { ClientTool } from './translation.ts'

/** Undoes on the way back what a request's translation did to tools: names, groups, and free text that travelled as `{"input":"…"}`. */
export type CallRestorer = (part: StreamPart) => readonly StreamPart[]

/** `{"input":"free text"}` gives the text; anything else is given as it is. */
function unwrap(argumentsText: string): string {
  try {
    const value: unknown = JSON.parse(argumentsText)
    if (typeof value === 'object' && value !== null && 'input' in value && typeof value.input === 'string') return value.input
  } catch {
    return argumentsText
  }
  return argumentsText
}

/** The text of a custom call is known only when its JSON is whole, so it comes in one piece. */
export function createCallRestorer(tools: ReadonlyMap<string, ClientTool>): CallRestorer {
  if (tools.size === 0) return (part) => [part]
  const custom = new Map<number, string>()
  return (part) => {
    if (part.type === 'tool-call-start') {
      const tool = tools.get(part.name)
      if (!tool) return [part]
      if (tool.isCustom === true) custom.set(part.index, '')
      return [{ ...part, ...tool }]
    }
    if (part.type === 'tool-call-delta' && custom.has(part.index)) {
      custom.set(part.index, `${custom.get(part.index) ?? ''}${part.argumentsText}`)
      return []
    }
    if (part.type === 'block-end') {
      const text = custom.get(part.index)
      custom.delete(part.index)
      if (text !== undefined) return [{ type: 'tool-call-delta', index: part.index, argumentsText: unwrap(text) }, part]
    }
    return [part]
  }
}
