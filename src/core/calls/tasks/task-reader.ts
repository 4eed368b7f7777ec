import type { CallRequest } from '../call-request.ts'

/** Who may look at a task, and through which view. */
export type TaskReader = Pick<CallRequest, 'view' | 'principal' | 'owner' | 'session' | 'logger' | 'onTaskStatus'>
