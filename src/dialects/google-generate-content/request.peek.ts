import { GatewayError } from '../../domain/errors.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { RequestAddress, RequestFacts, ScannedBody } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import { findMember } from '../obeyed-members.ts'

/** Its schemas may be long, so that the settings are not parsed. */
function countCandidates(body: ScannedBody): number {
  const member = findMember(body, 'generationConfig') ?? findMember(body, 'generation_config')
  if (!member) return 1
  const settings = sliceText(body.pieces, member.valueStart, member.valueEnd) as JsonText
  const count = Number(readMember(settings, 'candidateCount') ?? readMember(settings, 'candidate_count') ?? 1)
  return Number.isInteger(count) && count > 1 ? count : 1
}

/** The model, and whether it shall stream, is in the address. Usage always comes. */
export function peekRequest(body: ScannedBody, address?: RequestAddress): RequestFacts {
  if (!address) throw new GatewayError('invalid_request', 'Expected the address to name a model.')
  return { model: address.model, stream: address.stream, wantsUsage: true, choices: countCandidates(body) }
}
