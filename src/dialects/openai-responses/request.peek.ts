import { GatewayError } from '../../domain/errors.ts'
import type { RequestFacts, ScannedBody } from '../codec.ts'
import { findMember, readModelAndStream, readObeyed } from '../obeyed-members.ts'

/** The provider could take the model from these; the gateway has to know it before. */
const WITH_A_MODEL = ['prompt', 'previous_response_id', 'conversation'] as const

/** Reads what routing needs, without decoding the body. The dialect always tells usage and has one answer only. */
export function peekRequest(body: ScannedBody): RequestFacts {
  const holder = WITH_A_MODEL.find((key) => findMember(body, key))
  if (holder !== undefined && (readObeyed(body, 'model') ?? null) === null) {
    throw new GatewayError('invalid_request', `Expected \`model\` beside \`${holder}\`: the gateway chooses a provider by it.`)
  }
  return { ...readModelAndStream(body), wantsUsage: true, choices: 1 }
}
