import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { editMembers, parseJsonText, readMember, toJsonText, type JsonText } from '../../../lib/json-text.ts'

/** The extension of revision 2026-07-28 that has tasks. @see SEP-2663 */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'

const OVER = new Set(['completed', 'failed', 'cancelled'])

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

export function readText(task: JsonText, key: string): string | undefined {
  const text = readMember(task, key)
  const value = text === undefined ? undefined : parseJsonText(text)
  return typeof value === 'string' ? value : undefined
}

export function isOver(task: JsonText): boolean {
  return OVER.has(readText(task, 'status') ?? '')
}

/** Milliseconds of a member, by either era's name for it. */
export function readMs(task: JsonText, ...keys: readonly string[]): number | undefined {
  const values = keys.map((key) => Number(readMember(task, key)))
  return values.find((value) => Number.isFinite(value) && value >= 0)
}

/** A task of revision 2025-11-25 in the words of the extension. */
export function toExtensionTask(task: JsonText, more: Readonly<Record<string, JsonText | undefined>> = {}): JsonText {
  const ttlMs = readMember(task, 'ttl') ?? ('null' as JsonText)
  return editMembers(task, { ttl: undefined, pollInterval: undefined, _meta: undefined, ttlMs, pollIntervalMs: readMember(task, 'pollInterval'), ...more })
}

const EXTENSION_ONLY = { resultType: undefined, ttlMs: undefined, pollIntervalMs: undefined, result: undefined, error: undefined, inputRequests: undefined, requestState: undefined, _meta: undefined }

/** A task of the extension in the words of revision 2025-11-25, where a tool that failed makes a failed task. */
export function toLegacyTask(task: JsonText): JsonText {
  const result = readMember(task, 'result')
  const isFailed = result !== undefined && readMember(result, 'isError') === 'true'
  const ttl = readMember(task, 'ttlMs') ?? ('null' as JsonText)
  return editMembers(task, { ...EXTENSION_ONLY, ...(isFailed ? { status: toJsonText('failed') } : {}), ttl, pollInterval: readMember(task, 'pollIntervalMs') })
}

/** Whether a server of 2025-11-25 runs tool calls as tasks. */
export function servesLegacyTasks(capabilities: JsonObject): boolean {
  return object(object(object(capabilities['tasks'])['requests'])['tools'])['call'] !== undefined
}

export function servesExtensionTasks(capabilities: JsonObject): boolean {
  return object(capabilities['extensions'])[TASKS_EXTENSION] !== undefined
}

/** Whether a modern request says that its client understands tasks. */
export function declaresTasks(params: JsonText | undefined): boolean {
  if (!params?.includes(TASKS_EXTENSION)) return false
  const value = object(object(object(parseJsonText(params))['_meta'])['io.modelcontextprotocol/clientCapabilities'])
  return object(value['extensions'])[TASKS_EXTENSION] !== undefined
}

/** What a listed tool says about being run as a task. */
export function taskSupportOf(definition: JsonText | undefined): string | undefined {
  const execution = definition?.includes('"taskSupport"') ? readMember(definition, 'execution') : undefined
  return execution && readText(execution, 'taskSupport')
}
