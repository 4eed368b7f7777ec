export type { ErrorAnswer, ErrorRenderer, HttpRoute, HttpSurface, RequestContext, RoutePolicy } from './surface.ts'
