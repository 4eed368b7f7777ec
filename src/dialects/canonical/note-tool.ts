import type { ToolDefinition } from './request.ts'
import type { ClientTool } from './translation.ts'

/** Remembers a tool that the provider sees otherwise than the client: under another name, or as a function that takes its text as `input`. */
export function noteTool(restored: Map<string, ClientTool>, name: string, tool: ToolDefinition, isFunction: boolean): void {
  const wasCustom = isFunction && tool.isCustom === true
  if (name === tool.name && !wasCustom) return
  restored.set(name, { name: tool.name, ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }), ...(wasCustom ? { isCustom: true } : {}) })
}
