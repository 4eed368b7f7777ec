import { refuseField } from '../refuse-field.ts'
import type { LossList } from './loss-list.ts'
import type { CanonicalRequest } from './request.ts'

/** Tools of the client's own provider that no plan has put in the words of this one: they are named as lost where they can be left out. */
export function refuseNativeTools({ nativeTools }: CanonicalRequest, losses: LossList): void {
  for (const { path, type, isExpendable, isWithheld } of nativeTools) {
    if (isWithheld === true) {
      losses.dropped(path, 'not offered, since it may not be called')
      continue
    }
    if (isExpendable !== true) refuseField(path, `the provider is not known to have a tool like \`${type}\``)
    losses.dropped(path, `the provider is not known to have a tool like \`${type}\``)
  }
}
