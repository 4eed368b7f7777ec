import type { ClientContext } from '../../domain/client-context.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { LOG_LEVELS, type McpLogLevel } from './session.ts'

/** What is kept of a session beside who may use it and where. */
export interface StoredFacts {
  readonly protocolVersion: string
  readonly clientCapabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
  readonly context?: ClientContext | undefined
  readonly logLevel: McpLogLevel | undefined
  readonly subscriptions: readonly string[]
}

export function writeFacts({ protocolVersion, clientCapabilities, subscriptions, clientInfo, logLevel, context }: StoredFacts): JsonText {
  const known = context && { id: context.id ?? null, values: context.values }
  return toJsonText({ protocolVersion, clientCapabilities, subscriptions: [...subscriptions], clientInfo: clientInfo ?? null, logLevel: logLevel ?? null, context: known ?? null })
}

/** A session from before there were contexts has none. */
function readKnownContext(value: JsonValue | undefined): ClientContext | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['values'])) return undefined
  const { id, values } = value as { readonly id: JsonValue | undefined; readonly values: JsonObject }
  return { id: isText(id) ? id : undefined, values }
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
  const { protocolVersion, clientCapabilities, clientInfo, logLevel, subscriptions, context } = value
  if (!isText(protocolVersion) || !isJsonObject(clientCapabilities) || !Array.isArray(subscriptions)) return undefined
  return {
    protocolVersion,
    clientCapabilities,
    clientInfo: isJsonObject(clientInfo) ? clientInfo : undefined,
    logLevel: LOG_LEVELS.find((level) => level === logLevel),
    subscriptions: subscriptions.filter(isText),
    context: readKnownContext(context),
  }
}
