import type { ReasoningBlock } from './request.ts'

/** Why an earlier thought is not given back to a model. */
export function whyUnsent({ seal, isGoogles }: ReasoningBlock): string {
  if (seal === undefined) return 'nothing shows that this model thought it: it has no seal'
  if (isGoogles === true) return 'a seal of Google’s, which means nothing to another provider or model'
  return 'its seal cannot be opened for this model: it was made for another one, or changed'
}
