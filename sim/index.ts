export { createProviderSimulator, createProviderSimulator as startSimulator, FAULTS } from './provider/index.ts'
export type { Fault, ProviderSimulator, QueuedScript, RecordedRequest, Script, ScriptedTool, Served, SimulatorOptions } from './provider/index.ts'
