import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { LOG_LEVELS, type McpLogLevel } from './session.ts'

/** What is kept of a session beside who may use it and where. */
export interface StoredFacts {
  readonly protocolVersion: string
  readonly clientCapabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
  readonly logLevel: McpLogLevel | undefined
  readonly subscriptions: readonly string[]
}

export function writeFacts({ clientInfo, logLevel, ...facts }: StoredFacts): JsonText {
  return toJsonText({ ...facts, clientInfo: clientInfo ?? null, logLevel: logLevel ?? null })
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Undefined for what cannot be a session of ours. */
export function readFacts(text: JsonText): StoredFacts | undefined {
  let value: unknown
  try {
    value = parseJsonText(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const { protocolVersion, clientCapabilities, clientInfo, logLevel, subscriptions } = value
  if (!isText(protocolVersion) || !isJsonObject(clientCapabilities) || !Array.isArray(subscriptions)) return undefined
  return {
    protocolVersion,
    clientCapabilities,
    clientInfo: isJsonObject(clientInfo) ? clientInfo : undefined,
    logLevel: LOG_LEVELS.find((level) => level === logLevel),
    subscriptions: subscriptions.filter(isText),
  }
}
