export { FAULTS, type Fault, type QueuedScript, type Script } from './script.ts'
export type { RecordedRequest, Served } from './records.ts'
export { createProviderSimulator, type ProviderSimulator, type SimulatorOptions } from './simulator.ts'
