import { createMemoryTurns } from './memory-turns.ts'
import type { RunStore, StoredRun, StoredRunStep } from './runs.ts'

/** Runs that end with the process. */
export function createMemoryRuns(): RunStore {
  const runs = new Map<string, StoredRun>()
  const steps = new Map<string, StoredRunStep[]>()
  return {
    turns: createMemoryTurns((turn) => void steps.delete(turn)),
    async begin(run) {
      runs.set(run.id, run)
    },
    find: (id) => Promise.resolve(runs.get(id)),
    ids: () => Promise.resolve([...runs.keys()]),
    async add(step) {
      steps.set(step.run, [...(steps.get(step.run) ?? []), step])
    },
    steps: (run) => Promise.resolve(steps.get(run) ?? []),
    async end(id) {
      runs.delete(id)
      steps.delete(id)
    },
  }
}
