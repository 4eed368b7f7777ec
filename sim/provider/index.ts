export { FAULTS, type Fault, type QueuedScript, type Script, type ScriptedTool } from './script.ts'
export type { RecordedRequest, Served } from './records.ts'
export { createProviderSimulator, type ProviderSimulator, type SimulatorOptions } from './simulator.ts'
