import type { ToolDefinition } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { writeTools, type RunDialect } from './fragments.ts'
import { asTexts } from './run-body.ts'

/** The offered tools as elements of a request's `tools`. The same tools are offered again and again, and written once. */
export interface ToolTexts {
  textsOf(dialect: RunDialect, model: string, tools: readonly ToolDefinition[]): readonly JsonText[]
}

interface Written {
  readonly dialect: Dialect
  readonly model: string
  readonly tools: readonly ToolDefinition[]
  readonly texts: readonly JsonText[]
}

const MOST = 32

const isSame = (a: readonly ToolDefinition[], b: readonly ToolDefinition[]): boolean => a.length === b.length && a.every((tool, index) => tool === b[index])

export function createToolTexts(): ToolTexts {
  /** The one used last stands first. */
  let recent: readonly Written[] = []
  return {
    textsOf(dialect, model, tools) {
      const at = recent.findIndex((written) => written.dialect === dialect.codec.dialect && written.model === model && isSame(written.tools, tools))
      const found = recent[at] ?? { dialect: dialect.codec.dialect, model, tools, texts: asTexts(writeTools(dialect, model, tools)) }
      if (at !== 0) recent = [found, ...recent.filter((other) => other !== found)].slice(0, MOST)
      return found.texts
    },
  }
}
