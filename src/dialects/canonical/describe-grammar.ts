import type { ToolDefinition } from './request.ts'

/** A grammar cannot be held by a function; told in words it is at least known. */
export function describeGrammar({ description, grammar }: ToolDefinition): string | undefined {
  if (!grammar) return description
  const words = `The input follows this ${grammar.syntax} grammar:\n${grammar.definition}`
  return description === undefined ? words : `${description}\n\n${words}`
}
