import type { Usage } from '../../domain/usage.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Citation, WebSearch } from './citation.ts'
import type { HostedCall } from './hosted-call.ts'
import type { FinishReason, StreamPart } from './stream.ts'

export type AnswerBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations?: readonly Citation[]; readonly isRefusal?: true }
  | { readonly type: 'reasoning'; readonly text: string; readonly seal: string | undefined; readonly isRedacted: boolean }
  | { readonly type: 'tool-call'; readonly callId: string; readonly name: string; readonly argumentsText: string; readonly namespace?: string; readonly isCustom?: true; readonly path?: string }
  | { readonly type: 'search'; readonly search: WebSearch }
  | { readonly type: 'hosted-call'; readonly call: HostedCall }
  | { readonly type: 'native'; readonly value: JsonValue; readonly path?: string }

/** A whole answer of a model. */
export interface CanonicalAnswer {
  readonly messageId: string
  readonly model: string
  readonly createdAt: number | undefined
  readonly blocks: readonly AnswerBlock[]
  readonly finish: FinishReason
  readonly usage: Usage | undefined
}

interface OpenBlock {
  readonly index: number
  start: StreamPart
  text: string
  seal: string | undefined
  readonly citations: Citation[]
}

const open = (index: number, start: StreamPart): OpenBlock => ({ index, start, text: '', seal: undefined, citations: [] })

function close({ start, text, seal, citations }: OpenBlock): AnswerBlock {
  if (start.type === 'tool-call-start') {
    const { index: _index, type: _type, ...call } = start
    return { type: 'tool-call', ...call, argumentsText: text }
  }
  if (start.type === 'reasoning-start') return { type: 'reasoning', text, seal, isRedacted: start.isRedacted === true }
  if (start.type === 'native') return start
  if (start.type === 'search') return { type: 'search', search: start.search }
  if (start.type === 'hosted-call') return { type: 'hosted-call', call: start.call }
  const isRefusal = start.type === 'text-start' && start.isRefusal === true
  return { type: 'text', text, ...(citations.length > 0 ? { citations } : {}), ...(isRefusal ? { isRefusal } : {}) }
}

/** The parts of a stream, or of a whole answer, as one value: blocks in the order in which they began. */
export function foldAnswer(parts: readonly StreamPart[]): CanonicalAnswer {
  const blocks: OpenBlock[] = []
  const at = (index: number): OpenBlock | undefined => blocks.findLast((block) => block.index === index)
  let head: StreamPart & { readonly type: 'message-start' } = { type: 'message-start', messageId: '', model: '' }
  let finish: FinishReason = { unified: 'other', raw: undefined }
  let usage: Usage | undefined
  for (const part of parts) {
    if (part.type === 'message-start') head = part
    else if (part.type === 'usage') usage = part.usage
    else if (part.type === 'message-end') finish = part.finish
    else if (part.type === 'native') blocks.push(open(-1, part))
    else if (part.type === 'hosted-call') {
      const begun = at(part.index)
      if (begun) begun.start = part
      else blocks.push(open(part.index, part))
    } else if (part.type === 'text-start' || part.type === 'reasoning-start' || part.type === 'tool-call-start' || part.type === 'search') {
      blocks.push(open(part.index, part))
    } else if (part.type !== 'block-end' && part.type !== 'error') {
      const block = at(part.index)
      if (!block) continue
      if (part.type === 'reasoning-seal') block.seal = part.seal
      else if (part.type === 'citation') block.citations.push(part.citation)
      else block.text += part.type === 'tool-call-delta' ? part.argumentsText : part.text
    }
  }
  return { messageId: head.messageId, model: head.model, createdAt: head.createdAt, blocks: blocks.map(close), finish, usage }
}
