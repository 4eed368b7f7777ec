import type { HttpSurface } from '../http/index.ts'
import { createKeptRoutes } from './routes.ts'
import type { ProviderFilesSurfaceDeps } from './surface-deps.ts'

/** What providers keep for their account, handed through. */
export function createProviderFilesSurface(deps: ProviderFilesSurfaceDeps): HttpSurface {
  return { name: 'provider-files', routes: createKeptRoutes(deps) }
}
