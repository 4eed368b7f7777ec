import type { HttpSurface } from '../http/index.ts'
import { createAnswerRoutes } from './answer-routes.ts'
import { createMessageRoute } from './message-route.ts'
import { createSessionRoutes } from './session-routes.ts'
import type { SessionsDeps } from './sessions-deps.ts'

/** `/sessions`: the conversations of `/ws/chat` over REST. */
export function createSessionsSurface(deps: SessionsDeps): HttpSurface {
  return { name: 'sessions', routes: [...createSessionRoutes(deps), createMessageRoute(deps), ...createAnswerRoutes(deps)] }
}
