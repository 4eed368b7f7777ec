export type { ScriptCall } from './read-message.ts'
export type { CallContext, ScriptAnswer, ScriptEnd, ScriptJob } from './script-job.ts'
export { createScriptSandbox } from './script-sandbox.ts'
export type { ScriptSandbox } from './script-sandbox.ts'
