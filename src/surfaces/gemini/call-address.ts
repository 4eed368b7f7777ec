import type { RequestAddress } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'

export type CallMethod = 'generateContent' | 'streamGenerateContent' | 'countTokens'

const METHODS: readonly CallMethod[] = ['generateContent', 'streamGenerateContent', 'countTokens']

/** What the end of a path calls, and on which model. */
export interface CallAddress extends RequestAddress {
  readonly method: CallMethod
}

/** `google/gemini-2.5-pro:streamGenerateContent`; names of models may have colons of their own. Throws `not_found`. */
export function readCallAddress(call: string): CallAddress {
  const colon = call.lastIndexOf(':')
  const method = colon < 0 ? undefined : METHODS.find((known) => known === call.slice(colon + 1))
  if (method === undefined || colon === 0) {
    const asked = colon < 0 ? call : call.slice(colon + 1)
    throw new GatewayError('not_found', `Expected a model with \`:generateContent\`, \`:streamGenerateContent\` or \`:countTokens\`, got \`${asked.slice(0, 80)}\`.`)
  }
  return { method, model: call.slice(0, colon), stream: method === 'streamGenerateContent' }
}
