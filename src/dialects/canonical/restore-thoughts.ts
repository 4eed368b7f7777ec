import type { Block, CanonicalRequest, ModelOrigin } from './request.ts'
import type { SealCarrier } from './translation.ts'

function restoreBlock(block: Block, seals: SealCarrier, target: ModelOrigin): Block {
  if (block.type !== 'reasoning' || block.seal === undefined) return block
  const text = seals.openText(block.seal, target)
  if (text === undefined) return block
  // An envelope with a thought in it was not redacted, only emptied.
  const { isRedacted: _isRedacted, ...rest } = block
  return { ...rest, text }
}

/** Puts thoughts back that clients left out, or kept in part, where they return the envelope; only for the model that thought it. */
export function restoreThoughts(request: CanonicalRequest, seals: SealCarrier, target: ModelOrigin): CanonicalRequest {
  const messages = request.messages.map((message) => ({ ...message, blocks: message.blocks.map((block) => restoreBlock(block, seals, target)) }))
  return { ...request, messages }
}
