import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import { answerList } from './answer-list.ts'
import { answerSchema } from './answer-schema.ts'
import { answerSearch, type SearchContext } from './answer-search.ts'
import { findMetaTool, type CodeToolName, type MetaToolName } from './meta-tools.ts'
import { BadArguments } from './read-meta-arguments.ts'
import { resolveInvoke } from './resolve-invoke.ts'
import { textResult } from './text-result.ts'

/** What becomes of a `tools/call`: an answer of the gateway's own, a call of a server's tool with these params, or a tool of code mode. */
export type DisclosedCall =
  | { readonly kind: 'answer'; readonly result: JsonText }
  | { readonly kind: 'call'; readonly params: JsonText | undefined }
  /** For core/code-mode, with the arguments of its tool. */
  | { readonly kind: 'code'; readonly tool: CodeToolName; readonly given: JsonText | undefined }

export interface ToolsCall extends SearchContext {
  readonly mode: DisclosureMode
  readonly params: JsonText | undefined
}

function answer(tool: Exclude<MetaToolName, 'tool_invoke' | CodeToolName>, call: ToolsCall, given: JsonText | undefined): string | Promise<string> {
  const { view, era } = call
  switch (tool) {
    case 'tool_list':
      return answerList(view, given)
    case 'tool_search':
      return answerSearch(call, given)
    case 'tool_schema':
      return answerSchema(view, era, given)
  }
}

/**
 * Serves the tools of the gateway's own that the mode shows; every other name is a direct call, in every mode: what a mode does
 * not list is hidden and not forbidden. Faulty arguments are answered as a tool's own failure, so that the model reads them.
 */
export async function discloseCall(call: ToolsCall): Promise<DisclosedCall> {
  const { view, mode, era, params } = call
  const nameText = mode === 'full' || params === undefined ? undefined : readMember(params, 'name')
  const name = nameText === undefined ? undefined : parseJsonText(nameText)
  const tool = typeof name === 'string' ? findMetaTool(mode, name) : undefined
  if (tool === undefined || params === undefined) return { kind: 'call', params }
  try {
    if (tool === 'code_search' || tool === 'code_run') return { kind: 'code', tool, given: readMember(params, 'arguments') }
    if (tool === 'tool_invoke') return { kind: 'call', params: resolveInvoke(view, params) }
    return { kind: 'answer', result: textResult(era, await answer(tool, call, readMember(params, 'arguments'))) }
  } catch (error) {
    if (!(error instanceof BadArguments)) throw error
    return { kind: 'answer', result: textResult(era, error.message, true) }
  }
}
