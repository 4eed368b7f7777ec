import type { McpServerId } from '../../domain/ids.ts'

/** No server’s id and no instance’s key ends so. */
const SUFFIX = ':~legacy'

/** The id of a server’s legacy twin: its other connection, over which clients of the older era are served. It never leaves the gateway. */
export function twinIdOf(server: McpServerId): McpServerId {
  return `${server}${SUFFIX}` as McpServerId
}

/** The server of a twin’s id; anything else as it is. */
export function serverBehind(upstream: McpServerId): McpServerId {
  return upstream.endsWith(SUFFIX) ? (upstream.slice(0, -SUFFIX.length) as McpServerId) : upstream
}
