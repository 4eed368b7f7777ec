import type { GatewayConfig } from '../config/index.ts'
import type { ModelSettings } from '../core/routing/index.ts'

/** What routing reads of the configuration. */
export function modelSettings({ models, modelRules, modelSwitches, providers }: GatewayConfig): ModelSettings {
  return {
    routes: new Map(models.map((route) => [route.publicModel, route])),
    rules: modelRules,
    providers,
    switches: modelSwitches,
  }
}
