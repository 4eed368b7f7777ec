import { GatewayError } from '../../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { ServerHello } from '../upstream.ts'
import { isLegacyVersion, META, MODERN_VERSION } from './revisions.ts'

function objectOrNone(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}

function textOrNone(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The versions a `DiscoverResult` or the data of −32022 names; none when it is not one. */
export function readVersions(value: JsonValue | undefined, key: 'supportedVersions' | 'supported'): readonly string[] {
  const versions = isJsonObject(value) ? value[key] : undefined
  return Array.isArray(versions) ? versions.filter((version) => typeof version === 'string') : []
}

/** `undefined` when the answer is no `DiscoverResult` that serves our modern revision. */
export function readDiscover(result: JsonText): ServerHello | undefined {
  const value = parseJsonText(result)
  if (!isJsonObject(value) || !readVersions(value, 'supportedVersions').includes(MODERN_VERSION)) return undefined
  return {
    era: 'modern',
    protocolVersion: MODERN_VERSION,
    capabilities: objectOrNone(value['capabilities']) ?? {},
    serverInfo: objectOrNone(objectOrNone(value['_meta'])?.[META.serverInfo]),
    instructions: textOrNone(value['instructions']),
  }
}

/** Throws `upstream_protocol` when the server chose a revision that is not of the legacy era. */
export function readInitialize(result: JsonText): ServerHello {
  const value = parseJsonText(result)
  const facts: JsonObject = isJsonObject(value) ? value : {}
  const version = facts['protocolVersion']
  if (typeof version !== 'string' || !isLegacyVersion(version)) {
    const found = JSON.stringify(version ?? null)
    throw new GatewayError('upstream_protocol', `Expected the MCP server to choose a protocol revision up to 2025-11-25 in \`initialize\`, got ${found}.`)
  }
  return {
    era: 'legacy',
    protocolVersion: version,
    capabilities: objectOrNone(facts['capabilities']) ?? {},
    serverInfo: objectOrNone(facts['serverInfo']),
    instructions: textOrNone(facts['instructions']),
  }
}
