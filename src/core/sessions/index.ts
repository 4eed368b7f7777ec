export { createSessions } from './create-sessions.ts'
export type { Clock, Sessions, SessionsDeps } from './create-sessions.ts'
export { LOG_LEVELS } from './session.ts'
export type { McpLogLevel, McpSession, SessionFacts } from './session.ts'
