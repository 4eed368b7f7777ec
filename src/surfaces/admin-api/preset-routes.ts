import { z } from 'zod'
import { presetTags, refusePreset, selectServers, type Catalog } from '../../core/catalog/index.ts'
import type { ConfigChange, ConfigOutcome } from '../../core/config-change/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { describeTagFilterProblem, parseTagFilter } from '../../domain/parse-tag-filter.ts'
import type { PresetDefinition } from '../../domain/preset.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { PresetChange, PresetEntry, PresetList, ReloadAnswer } from './contract.ts'
import { readJsonBody } from './read-json-body.ts'

export interface PresetRoutesDeps {
  readonly catalog: Catalog
  readonly configChange: ConfigChange
}

const names = z.array(z.string().min(1)).min(1)
const WAYS = ['filter', 'tags', 'servers'] as const

const presetChange: z.ZodType<PresetChange> = z
  .strictObject({ description: z.string().min(1).exactOptional(), filter: z.string().min(1).exactOptional(), tags: names.exactOptional(), servers: names.exactOptional() })
  .refine((change) => WAYS.filter((way) => change[way] !== undefined).length === 1, { error: 'expected one of `filter`, `tags` and `servers`' })

/** As in the document: a segment of paths. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

function checkChange(name: string, { filter }: PresetChange): void {
  if (!NAME.test(name)) throw new GatewayError('invalid_request', 'Expected the name to be 1–64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.')
  const parsed = filter === undefined ? undefined : parseTagFilter(filter)
  if (parsed?.kind === 'invalid') throw new GatewayError('invalid_request', `\`filter\`: ${describeTagFilterProblem(parsed.problem)}`)
}

function wayOf({ selection }: PresetDefinition): Omit<PresetChange, 'description'> {
  switch (selection.kind) {
    case 'filter':
      return { filter: selection.text }
    case 'tags':
      return { tags: selection.tags }
    case 'servers':
      return { servers: selection.servers }
  }
}

function describe(preset: PresetDefinition, { current }: Catalog): PresetEntry {
  const { name, description, origin } = preset
  const selected = selectServers(current, { servers: 'all', tags: undefined, naming: 'prefixed', preset: name }).map(({ server }) => server)
  return { name, ...(description === undefined ? {} : { description }), ...wayOf(preset), origin, requestedTags: presetTags(preset), selected, path: `/mcp/presets/${name}` }
}

function answer(outcome: ConfigOutcome): readonly [number, string] {
  const body: ReloadAnswer = outcome
  return [outcome.outcome === 'rejected' ? 422 : 200, JSON.stringify(body)]
}

/** Presets, kept in the overlay. A change is in force and durable when it is answered, and its clients have been told. */
export function createPresetRoutes({ catalog, configChange }: PresetRoutesDeps): readonly HttpRoute[] {
  const base = { renderError: renderProblem } as const
  const find = (name: string): PresetDefinition => {
    const { presets } = catalog.current
    const preset = presets.get(name)
    if (preset) return preset
    throw refusePreset(presets.keys(), name)
  }
  return [
    {
      ...base,
      method: 'GET',
      path: '/_meta/presets',
      policy: 'admin:read',
      handle(_request, response) {
        const list: PresetList = { items: [...catalog.current.presets.values()].map((preset) => describe(preset, catalog)), next: null }
        sendJson(response, 200, JSON.stringify(list))
      },
    },
    {
      ...base,
      method: 'GET',
      path: '/_meta/presets/{name}',
      policy: 'admin:read',
      handle: (_request, response, { params }) => sendJson(response, 200, JSON.stringify(describe(find(params['name'] ?? ''), catalog))),
    },
    {
      ...base,
      method: 'PUT',
      path: '/_meta/presets/{name}',
      policy: 'admin:write',
      async handle(request, response, { params }) {
        const name = params['name'] ?? ''
        const change = await readJsonBody(request, presetChange)
        checkChange(name, change)
        sendJson(response, ...answer(await configChange.apply([{ kind: 'preset', name, entry: { ...change } }])))
      },
    },
    {
      ...base,
      method: 'DELETE',
      path: '/_meta/presets/{name}',
      policy: 'admin:write',
      async handle(_request, response, { params }) {
        const { name } = find(params['name'] ?? '')
        sendJson(response, ...answer(await configChange.apply([{ kind: 'preset', name, entry: undefined }])))
      },
    },
  ]
}
