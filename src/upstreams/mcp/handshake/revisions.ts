/** The one revision of the modern era. */
export const MODERN_VERSION = '2026-07-28'

/** What we offer in `initialize`; a server may answer any older revision. */
export const LEGACY_VERSION = '2025-11-25'

const PREFIX = 'io.modelcontextprotocol/'

/** `_meta` keys that belong to one hop and are never carried over. */
export const META = {
  protocolVersion: `${PREFIX}protocolVersion`,
  clientCapabilities: `${PREFIX}clientCapabilities`,
  clientInfo: `${PREFIX}clientInfo`,
  logLevel: `${PREFIX}logLevel`,
  serverInfo: `${PREFIX}serverInfo`,
  subscriptionId: `${PREFIX}subscriptionId`,
} as const

export function isLegacyVersion(version: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(version) && version <= LEGACY_VERSION
}
