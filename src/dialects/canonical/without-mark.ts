import type { LossList } from './loss-list.ts'
import type { Block } from './request.ts'

/** A block where the dialect has no place for its cache mark, as in a text that is joined from several; the mark is named as lost. */
export function withoutMark<B extends Block>(block: B, losses: LossList): B {
  if ((block.type !== 'text' && block.type !== 'media') || !block.cache) return block
  if (block.type !== 'text' || block.text !== '') losses.unmarked(block.cache)
  const { cache: _cache, ...rest } = block
  return rest as B
}
