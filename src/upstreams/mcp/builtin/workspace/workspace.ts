import type { WorkspaceSettings } from '../../../../domain/workspace.ts'
import type { GuardedFetch } from '../../../../lib/guarded-fetch.ts'
import type { BuiltinContext } from '../builtin-server.ts'
import type { Roots } from './files/open-folder.ts'
import type { WorkspaceSession } from './session.ts'
import type { Shell } from './shell/shell.ts'

export interface TaskRequest {
  readonly description: string
  readonly prompt: string
  readonly agent: string | undefined
  readonly model: string | undefined
  readonly maxHops: number
  readonly signal: AbortSignal
}

/** Has a model work on a prompt, with limits of its own, and gives its last words. Rejects when it does not get that far. */
export type RunTask = (request: TaskRequest) => Promise<string>

/** What the tools of one workspace server share. */
export interface Workspace {
  readonly settings: WorkspaceSettings
  /** Without symbolic links. */
  readonly roots: Roots
  /** Undefined when no commands are configured. */
  readonly shell: Shell | undefined
  /** Undefined when the web is not configured. */
  readonly web: GuardedFetch | undefined
  readonly runTask: RunTask | undefined
  /** Runs one change of files at a time, so that what was checked still holds when it is written. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>
}

/** One call of a tool. */
export interface ToolCall {
  readonly workspace: Workspace
  readonly session: WorkspaceSession
  readonly context: BuiltinContext
}
