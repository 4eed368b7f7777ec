import type { Block, CanonicalRequest, MediaBlock } from '../../dialects/index.ts'
import { estimateText } from './estimate-text.ts'

/** What the wire format of a conversation costs beside its words. */
const PER_MESSAGE = 4
const PER_BLOCK = 3
const PER_TOOL = 12

/** What providers say to a model about tools when there are any. @see https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview */
const TOOL_PREAMBLE = 346

/** Upper bounds of encoded sizes, and what media of that size cost: their pixels and pages are not looked at. */
const IMAGE_CLASSES: readonly (readonly [base64: number, tokens: number])[] = [[16_000, 400], [96_000, 900], [Number.POSITIVE_INFINITY, 1_600]]
const FILE_CLASSES: readonly (readonly [base64: number, tokens: number])[] = [[96_000, 3_000], [1_000_000, 12_000], [Number.POSITIVE_INFINITY, 40_000]]

/** What is only named has no size to go by. */
const UNSEEN_IMAGE = 1_600
const UNSEEN_FILE = 12_000

function estimateMedia({ mediaType, source }: MediaBlock): number {
  if (source.kind === 'text') return estimateText(source.text)
  const isImage = mediaType.startsWith('image/')
  if (source.kind !== 'inline') return isImage ? UNSEEN_IMAGE : UNSEEN_FILE
  const { length } = source.base64
  return (isImage ? IMAGE_CLASSES : FILE_CLASSES).find(([most]) => length <= most)?.[1] ?? UNSEEN_FILE
}

function estimateBlock(block: Block): number {
  switch (block.type) {
    case 'text':
      return PER_BLOCK + estimateText(block.text)
    case 'media':
      return PER_BLOCK + estimateMedia(block)
    case 'reasoning':
      return PER_BLOCK + estimateText(block.text)
    case 'tool-call':
      return PER_TOOL + estimateText(block.name) + estimateText(block.argumentsText)
    case 'tool-result':
      return PER_TOOL + sum(block.content, estimateBlock)
    case 'native':
      return PER_BLOCK + estimateText(block.text ?? JSON.stringify(block.value))
  }
}

function sum<T>(items: readonly T[], estimate: (item: T) => number): number {
  return items.reduce((total, item) => total + estimate(item), 0)
}

/**
 * A count of a request's tokens by a model that cannot be asked. It rather says too many than too few: clients make room by it.
 * Thoughts of earlier turns are counted, sealed or not, and what no dialect but the client's has is counted as text.
 */
export function estimateRequest({ system, messages, tools, nativeTools, format }: CanonicalRequest): number {
  const definitions = sum(tools, ({ name, description = '', inputSchema }) => PER_TOOL + estimateText(name) + estimateText(description) + estimateText(JSON.stringify(inputSchema)))
  const natives = sum(nativeTools, ({ value }) => PER_TOOL + estimateText(JSON.stringify(value)))
  const preamble = tools.length + nativeTools.length > 0 ? TOOL_PREAMBLE : 0
  const shape = format?.kind === 'json-schema' ? estimateText(JSON.stringify(format.schema)) : 0
  const talk = sum(messages, ({ blocks }) => PER_MESSAGE + sum(blocks, estimateBlock))
  return sum(system, estimateBlock) + talk + preamble + definitions + natives + shape
}
