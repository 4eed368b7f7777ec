import type { HttpSurface } from '../http/index.ts'
import { createCreateRoute } from './create-route.ts'
import { createNativeRoutes } from './native-routes.ts'
import { createStoredRoutes } from './routes.ts'
import type { OpenaiResponsesSurfaceDeps } from './surface-deps.ts'
import { createUpgradeRoute } from './upgrade-route.ts'

/** `/v1/responses` and what is below it. */
export function createOpenaiResponsesSurface(deps: OpenaiResponsesSurfaceDeps): HttpSurface {
  return { name: 'openai-responses', routes: [createCreateRoute(deps), createUpgradeRoute(), ...createNativeRoutes(deps), ...createStoredRoutes(deps)] }
}
