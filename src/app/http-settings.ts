import type { GatewayConfig } from '../config/index.ts'
import type { HttpServerSettings } from '../surfaces/http/index.ts'

/** What the listener needs to know of a configuration. */
export function httpSettings({ server, auth }: GatewayConfig): HttpServerSettings {
  return {
    host: server.host,
    port: server.port,
    allowedHosts: server.allowedHosts,
    allowedOrigins: [...server.allowedOrigins, ...server.cors.origins],
    corsOrigins: server.cors.origins,
    hasKeys: auth.keys.length > 0,
    allowUnauthenticatedNetwork: server.allowUnauthenticatedNetwork,
    limits: server.limits,
  }
}
