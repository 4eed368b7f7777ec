import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'
import { LOG_LEVELS, type McpLogLevel } from '../sessions/index.ts'

export function asLogLevel(value: unknown): McpLogLevel | undefined {
  return LOG_LEVELS.find((level) => level === value)
}

/** Whether a log message is at least as severe as wanted. One without a level we know is passed on. */
export function isWanted(params: JsonText | undefined, wanted: McpLogLevel): boolean {
  const text = params && readMember(params, 'level')
  const level = text === undefined ? undefined : asLogLevel(parseJsonText(text))
  return level === undefined || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(wanted)
}
