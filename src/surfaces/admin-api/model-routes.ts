import { z } from 'zod'
import type { ConfigChange, ConfigOutcome, SwitchChange } from '../../core/config-change/index.ts'
import type { ModelDirectory, ResolvedModel } from '../../core/routing/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { ModelChange, ModelExplanation, ModelList, ProviderChange, ReloadAnswer } from './contract.ts'
import { readJsonBody } from './read-json-body.ts'

export interface ModelRoutesDeps {
  readonly directory: ModelDirectory
  readonly configChange: ConfigChange
  /** Every configured provider, also one that is switched off. */
  providers(): readonly { readonly id: string }[]
}

const modelChange: z.ZodType<ModelChange> = z
  .strictObject({ enabled: z.boolean().exactOptional(), favourite: z.boolean().exactOptional() })
  .refine((change) => Object.keys(change).length > 0, { error: 'expected `enabled` or `favourite`' })

const providerChange: z.ZodType<ProviderChange> = z.strictObject({ enabled: z.boolean() })

/** The switch of a name: of a public model, or of the one upstream model that it names. */
function switchOf(name: string, { by, route }: ResolvedModel, isEnabled: boolean): SwitchChange {
  if (by.kind === 'public-model') return { kind: 'route', publicModel: route.publicModel, isEnabled }
  if (by.kind !== 'rule' && route.root.kind === 'target') return { kind: 'model', provider: by.provider, model: route.root.model, isEnabled }
  const pattern = by.kind === 'rule' ? ` \`${by.pattern}\`` : ''
  throw new GatewayError('invalid_request', `\`${name}\` is no model of its own: the rule${pattern} leads it on. Name a public model or \`provider/model\`.`)
}

function answer(outcome: ConfigOutcome): readonly [number, string] {
  const body: ReloadAnswer = outcome
  return [outcome.outcome === 'rejected' ? 422 : 200, JSON.stringify(body)]
}

/** Models and providers, and their switches. A change is in force and durable when it is answered. */
export function createModelRoutes({ directory, configChange, providers }: ModelRoutesDeps): readonly HttpRoute[] {
  return [
    {
      method: 'GET',
      path: '/_meta/models',
      policy: 'admin:read',
      renderError: renderProblem,
      async handle(_request, response, { signal }) {
        const models = await directory.survey(signal)
        const list: ModelList = { items: models.map(({ name, owner, created, isEnabled, isFavourite }) => ({ name, owner, created, enabled: isEnabled, favourite: isFavourite })), next: null }
        sendJson(response, 200, JSON.stringify(list))
      },
    },
    {
      method: 'GET',
      path: '/_meta/models/{id+}',
      policy: 'admin:read',
      renderError: renderProblem,
      handle(_request, response, { params }) {
        const name = params['id'] ?? ''
        const { by, route } = directory.explain(name)
        const explanation: ModelExplanation = { name, by, root: route.root }
        sendJson(response, 200, JSON.stringify(explanation))
      },
    },
    {
      method: 'PUT',
      path: '/_meta/models/{id+}',
      policy: 'admin:write',
      renderError: renderProblem,
      async handle(request, response, { params }) {
        const name = params['id'] ?? ''
        const { enabled, favourite } = await readJsonBody(request, modelChange)
        const resolved = directory.explain(name)
        const changes: SwitchChange[] = []
        if (enabled !== undefined) changes.push(switchOf(name, resolved, enabled))
        if (favourite !== undefined) changes.push({ kind: 'favourite', name, isFavourite: favourite })
        sendJson(response, ...answer(await configChange.apply(changes)))
      },
    },
    {
      method: 'PUT',
      path: '/_meta/providers/{id}',
      policy: 'admin:write',
      renderError: renderProblem,
      async handle(request, response, { params }) {
        const id = params['id'] ?? ''
        const { enabled } = await readJsonBody(request, providerChange)
        if (!providers().some((provider) => provider.id === id)) throw new GatewayError('not_found', `There is no provider \`${id}\`.`)
        sendJson(response, ...answer(await configChange.apply([{ kind: 'provider', provider: id, isEnabled: enabled }])))
      },
    },
  ]
}
