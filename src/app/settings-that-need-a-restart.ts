import { isDeepStrictEqual } from 'node:util'
import type { GatewayConfig } from '../config/index.ts'

/** What is fixed when the gateway starts, by its place in the document. */
const FIXED: readonly (readonly [string, (config: GatewayConfig) => unknown])[] = [
  ['server.host', ({ server }) => server.host],
  ['server.port', ({ server }) => server.port],
  ['server.limits.headerBytes', ({ server }) => server.limits.headerBytes],
  ['server.limits.headersTimeout', ({ server }) => server.limits.headersTimeoutMs],
  ['mcp', ({ mcp: { pinning: _pinning, instructions: _instructions, search: _search, audit: _audit, ...mcp } }) => mcp],
  ['chat.storage', ({ chat }) => chat.storage],
  ['telemetry', ({ telemetry }) => telemetry],
  ['dataDirectory', ({ dataDirectory }) => dataDirectory],
]

/** The settings that a new document changes and that only a restart applies; the reload says so instead of ignoring them. */
export function settingsThatNeedARestart(before: GatewayConfig, after: GatewayConfig): readonly string[] {
  return FIXED.filter(([, read]) => !isDeepStrictEqual(read(before), read(after))).map(([path]) => path)
}
