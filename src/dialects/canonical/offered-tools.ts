import type { LossList } from './loss-list.ts'
import type { CanonicalRequest, ToolDefinition } from './request.ts'

/** Tools that may be called at all. */
export function allowedTools({ tools }: CanonicalRequest, losses: LossList): readonly ToolDefinition[] {
  return tools.filter((tool) => {
    if (tool.isWithheld === true) losses.withheldTool(tool, 'not offered, since it may not be called')
    return tool.isWithheld !== true
  })
}

/** Tools that are offered where none can be deferred: all but the deferred ones that no block has brought up. */
export function offeredTools(request: CanonicalRequest, losses: LossList): readonly ToolDefinition[] {
  const named = new Set<string>()
  for (const { blocks } of request.messages) {
    for (const block of blocks) {
      const inner = block.type === 'tool-result' ? block.content : [block]
      for (const part of inner) if (part.type === 'native' && part.toolName !== undefined) named.add(part.toolName)
    }
  }
  return allowedTools(request, losses).filter((tool) => {
    const isOffered = tool.isDeferred !== true || named.has(tool.name)
    if (!isOffered) losses.withheldTool(tool, 'a deferred tool that nothing has brought up')
    return isOffered
  })
}
