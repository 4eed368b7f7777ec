import { GatewayError } from '../../domain/errors.ts'
import { targetsOf, type Route, type Target } from '../../domain/route.ts'
import type { ModelSettings } from './model-settings.ts'
import { nameTarget } from './order-targets.ts'

export interface ModelGates {
  isRouteOff(publicModel: string): boolean
  isModelOff(target: Target): boolean
}

/** Questions about the switches, made once per configuration. */
export function createModelGates({ switches }: ModelSettings): ModelGates {
  const routes = new Set(switches.disabledRoutes)
  const models = new Map(Object.entries(switches.disabledModels).map(([provider, names]) => [provider, new Set(names)]))
  return {
    isRouteOff: (publicModel) => routes.has(publicModel),
    isModelOff: ({ provider, model }) => models.get(provider)?.has(model) === true,
  }
}

/** A public model that is switched off as a whole. */
export function routeIsOff(publicModel: string): GatewayError {
  const cure = `Switch it on with \`trunkline models enable ${publicModel}\`, or take it out of \`disabledModels\`.`
  return new GatewayError('unknown_model', `The model \`${publicModel}\` is switched off. ${cure}`)
}

function reasonFor(target: Target, { providers }: ModelSettings, gates: ModelGates): string {
  const name = nameTarget(target)
  const provider = providers.find(({ id }) => id === target.provider)
  if (provider && !provider.enabled) {
    if (provider.disabledReason !== undefined) return `The provider \`${provider.id}\` is disabled: ${provider.disabledReason}`
    return `The provider \`${provider.id}\` is switched off. Switch it on with \`PUT /_meta/providers/${provider.id}\` or \`providers.${provider.id}.enabled: true\`.`
  }
  if (gates.isModelOff(target)) {
    return `The model \`${name}\` is switched off. Switch it on with \`trunkline models enable ${name}\`, or take it out of \`providers.${target.provider}.disabledModels\`.`
  }
  return `The provider \`${target.provider}\` is not there.`
}

const MOST_REASONS = 4

/** Why none of a route's targets may be used. A provider that only lacks something, such as its key, is unavailable rather than off. */
export function everyTargetIsOff(route: Route, settings: ModelSettings, gates: ModelGates): GatewayError {
  const targets = targetsOf(route.root)
  const reasons = [...new Set(targets.map((target) => reasonFor(target, settings, gates)))].slice(0, MOST_REASONS)
  const lacks = targets.some(({ provider }) => settings.providers.find(({ id }) => id === provider)?.disabledReason !== undefined)
  const lead = targets.length > 1 ? `No target of \`${route.publicModel.slice(0, 100)}\` can be used. ` : ''
  return new GatewayError(lacks ? 'upstream_unavailable' : 'unknown_model', `${lead}${reasons.join(' ')}`)
}
