import type { GatewayConfig } from '../config/index.ts'
import { resolveModel, type ResolvedModel } from '../core/routing/index.ts'
import { modelSettings } from './model-settings.ts'

/** What a model’s name means by the configuration alone: nobody is asked. Throws `unknown_model` with the nearest public models. */
export function explainModel(config: GatewayConfig, name: string): ResolvedModel {
  const listed = config.providers.flatMap(({ id, models = [] }) => models.map((model) => `${id}/${model}`))
  return resolveModel(name, modelSettings(config), {
    known: () => [...config.models.map(({ publicModel }) => publicModel), ...listed],
    lists: (provider, model) => listed.includes(`${provider}/${model}`),
  })
}
