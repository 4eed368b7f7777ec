export { createConfigChange, type Checked, type ConfigChange, type ConfigChangeDeps, type ConfigOutcome } from './config-change.ts'
export type { SettingsInForce, SwitchChange } from './edit-switches.ts'
export { CHAT_SETTINGS } from './edit-servers.ts'
