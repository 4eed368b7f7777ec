import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { AnswerBlock, CanonicalAnswer } from '../canonical/answer.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { rangeOf } from '../canonical/citation.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { writeHostedResult, writeHostedUse } from './response.hosted-call.ts'
import { writeCitation, writeSearch } from './response.search.ts'
import { completeCall, completeMessage } from './response.version.ts'
import { encodeFinish } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

function readInput(text: string): JsonObject | undefined {
  if (text.trim() === '') return {}
  try {
    const value: unknown = parseExact(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Half a JSON text that `max_tokens` cut is told as it is: there is no object to give. */
function tellRaw(losses: AnswerLosses, { path, argumentsText }: AnswerBlock & { readonly type: 'tool-call' }): JsonObject {
  losses.toldRaw(path)
  return { _raw: argumentsText }
}

function encodeText({ text, citations = [] }: AnswerBlock & { readonly type: 'text' }, losses: AnswerLosses): readonly JsonObject[] {
  if (text === '') return []
  const cited = citations.map((citation) => {
    const { start, end } = rangeOf(citation, text)
    return writeCitation(citation, text.slice(start, end), losses)
  })
  return [{ type: 'text', text, citations: cited.length > 0 ? cited : null }]
}

function encodeBlock(block: AnswerBlock, context: AnswerContext, losses: AnswerLosses): readonly JsonObject[] {
  const { seals, origin } = context
  switch (block.type) {
    case 'text':
      return encodeText(block, losses)
    case 'reasoning': {
      const signature = block.seal === undefined ? '' : seals.wrap(block.seal, origin)
      return [block.isRedacted ? { type: 'redacted_thinking', data: signature } : { type: 'thinking', thinking: block.text, signature }]
    }
    case 'tool-call':
      return [completeCall(context, { type: 'tool_use', id: fitId(block.callId, 64), name: block.name, input: readInput(block.argumentsText) ?? tellRaw(losses, block) })]
    case 'search':
      return writeSearch(block.search, losses).map((written) => completeCall(context, written))
    case 'hosted-call': {
      const { call } = block
      return call.needsApproval === true ? [] : [writeHostedUse(call), ...(call.result ? [writeHostedResult(call, call.result)] : [])]
    }
    default:
      if (context.keepsNative === true && isJsonObject(block.value)) return [block.value]
      losses.native(block)
      return []
  }
}

/** Calls that are made side by side come before their results, as in a stream. */
function asTurns(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const ordered: JsonObject[] = []
  for (const block of blocks) {
    const last = ordered.findLastIndex(({ type }) => type !== 'mcp_tool_result')
    const isNextUse = block['type'] === 'mcp_tool_use' && ordered[last]?.['type'] === 'mcp_tool_use'
    ordered.splice(isNextUse ? last + 1 : ordered.length, 0, block)
  }
  return ordered
}

/** A whole message. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject> {
  const losses = new AnswerLosses()
  const { messageId, model, blocks, finish, usage } = answer
  const value = completeMessage(context, {
    id: messageId,
    type: 'message',
    role: 'assistant',
    model,
    content: asTurns(blocks.flatMap((block) => encodeBlock(block, context, losses))),
    ...encodeFinish(finish, losses),
    usage: usage ? encodeUsage(usage) : { input_tokens: context.estimateInputTokens(), output_tokens: 0 },
  })
  return { value, losses: losses.list }
}
