export { FAULTS, type Fault, type QueuedScript, type Script } from './script.ts'
export { createProviderSimulator, type ProviderSimulator, type RecordedRequest, type Served, type SimulatorOptions } from './simulator.ts'
