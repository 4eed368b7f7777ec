export { createRuns, type Runs, type RunsDeps, type StandingTools } from './create-runs.ts'
export type { Approval, RunCall, RunObserver } from './run.ts'
export type { RunSettings } from './settings.ts'
export type { ToolContent } from './tool-content.ts'
