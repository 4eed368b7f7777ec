import { dropKeyword } from './drop-keyword.ts'
import type { LossList } from './loss-list.ts'
import type { CanonicalRequest, ToolDefinition } from './request.ts'

/** What a dialect has of its own for lists of tools. */
export interface ToolListing {
  /** It can say which of the tools may be called: all are offered then, which keeps the beginning of the prompt as it was. */
  readonly canRestrict?: boolean
  /** It can offer a tool later. */
  readonly canDefer?: boolean
}

/** What OpenAI's Responses mark arguments with that it decrypts itself; other providers refuse a keyword that they do not know. */
const ENCRYPTED = 'encrypted'

/** A tool as it can be offered where there are no groups and no keywords of another provider. */
function prepare(tool: ToolDefinition, isOfResponses: boolean, losses: LossList): ToolDefinition {
  if (!losses.isForeign || !isOfResponses) return tool
  const { groupDescription, description } = tool
  const { schema, paths } = dropKeyword(tool.inputSchema, ENCRYPTED)
  for (const path of paths) losses.dropped(`${tool.path}/parameters${path}`, 'a keyword that only its own provider knows')
  if (!groupDescription) return paths.length > 0 ? { ...tool, inputSchema: schema } : tool
  losses.approximated(groupDescription.path, 'said before the description of each tool of the group')
  return { ...tool, inputSchema: schema, description: [groupDescription.text, description].filter((text) => text !== undefined && text !== '').join('\n\n') }
}

function namedTools({ messages }: CanonicalRequest): ReadonlySet<string> {
  const named = new Set<string>()
  for (const { blocks } of messages) {
    for (const block of blocks) {
      const inner = block.type === 'tool-result' ? block.content : [block]
      for (const part of inner) if (part.type === 'native' && part.toolName !== undefined) named.add(part.toolName)
    }
  }
  return named
}

/** Tools that are offered: not those that may not be called, and where none can be deferred not those that no block has brought up. */
export function offeredTools(request: CanonicalRequest, losses: LossList, { canRestrict = false, canDefer = false }: ToolListing = {}): readonly ToolDefinition[] {
  const named = canDefer ? new Set<string>() : namedTools(request)
  const offered = request.tools.filter((tool) => {
    if (tool.isWithheld === true && !canRestrict) {
      losses.withheldTool(tool, 'not offered, since it may not be called')
      return false
    }
    const isOffered = canDefer || tool.isDeferred !== true || named.has(tool.name)
    if (!isOffered) losses.withheldTool(tool, 'a deferred tool that nothing has brought up')
    return isOffered
  })
  return offered.map((tool) => prepare(tool, request.dialect === 'openai-responses', losses))
}

/** Those that may be called, where only some of what is offered may; undefined where all may. */
export function restrictedTo(offered: readonly ToolDefinition[]): readonly ToolDefinition[] | undefined {
  return offered.some(({ isWithheld }) => isWithheld === true) ? offered.filter(({ isWithheld }) => isWithheld !== true) : undefined
}
