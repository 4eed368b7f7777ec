import { sha256 } from '../../lib/sha256.ts'
import { settingPath } from './field-paths.ts'
import type { LossList } from './loss-list.ts'
import type { CanonicalRequest } from './request.ts'

/** Whoever the client acts for, as the provider takes it: one that is too long as its SHA-256, which is always the same and says nothing of it. */
export function fitEndUser(request: CanonicalRequest, maxLength: number, losses: LossList): string | undefined {
  const { endUser } = request
  if (endUser === undefined || endUser.length <= maxLength) return endUser
  losses.approximated(settingPath(request, 'endUser'), `longer than the ${maxLength} characters that the provider takes, sent as its SHA-256`)
  return sha256(endUser)
}
