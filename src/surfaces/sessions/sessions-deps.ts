import type { Conversations } from '../../core/conversations/index.ts'
import type { BodyLimits } from '../http/index.ts'

export interface SessionsDeps {
  readonly conversations: Conversations
  readonly bodyLimits: () => BodyLimits
}
