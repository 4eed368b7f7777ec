import { describe, expect, it } from 'vitest'
import type { McpServerId, ProviderId } from '../../domain/ids.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { createConfigChange, type ConfigChange, type ConfigOutcome } from './config-change.ts'
import type { SettingsInForce, SwitchChange } from './edit-switches.ts'

const APPLIED: ConfigOutcome = { outcome: 'applied', added: [], changed: ['modelSwitches'], removed: [], problems: [] }

interface Bench {
  readonly change: ConfigChange
  readonly written: JsonObject[]
  overlay: JsonObject
  /** What the next reload answers. */
  outcome: ConfigOutcome
  /** Says why a configuration with these switches cannot be loaded. */
  refuse: (overlay: JsonObject) => string | undefined
}

/** A document with `a/x` switched off and `smart` liked, and an overlay that wins. */
function createBench(overlay: JsonObject = {}): Bench {
  const settingsWith = (values: JsonObject): SettingsInForce => {
    const providers = isJsonObject(values['providers']) ? values['providers'] : {}
    const a = isJsonObject(providers['a']) ? providers['a'] : {}
    return {
      providers: [{ id: 'a' as ProviderId, enabled: a['enabled'] !== false }],
      modelSwitches: {
        disabledRoutes: (values['disabledModels'] as string[] | undefined) ?? [],
        disabledModels: { a: (a['disabledModels'] as string[] | undefined) ?? ['x'] },
        favourites: (values['favourites'] as string[] | undefined) ?? ['smart'],
      },
      mcpServers: [{ id: 's' as McpServerId, enabled: true }],
      presets: [
        { name: 'written', origin: 'document' },
        ...Object.keys(isJsonObject(values['presets']) ? values['presets'] : {}).map((name) => ({ name, origin: 'overlay' }) as const),
      ],
    }
  }
  const bench: Bench = {
    written: [],
    overlay,
    outcome: APPLIED,
    refuse: () => undefined,
    change: createConfigChange({
      overlay: {
        exclusive: (work) => work(),
        read: () => bench.overlay,
        write(values) {
          bench.overlay = values
          bench.written.push(values)
        },
      },
      async check(values) {
        const problem = bench.refuse(values)
        return problem === undefined ? { kind: 'valid', settings: settingsWith(values) } : { kind: 'invalid', problems: [problem] }
      },
      reload: async () => bench.outcome,
    }),
  }
  return bench
}

describe('createConfigChange', () => {
  it.each<[SwitchChange, JsonObject]>([
    [{ kind: 'provider', provider: 'a', isEnabled: false }, { providers: { a: { enabled: false } } }],
    [{ kind: 'model', provider: 'a', model: 'y', isEnabled: false }, { providers: { a: { disabledModels: ['x', 'y'] } } }],
    [{ kind: 'model', provider: 'a', model: 'x', isEnabled: true }, { providers: { a: { disabledModels: [] } } }],
    [{ kind: 'model', provider: 'b', model: 'm', isEnabled: false }, { providers: { b: { disabledModels: ['m'] } } }],
    [{ kind: 'route', publicModel: 'smart', isEnabled: false }, { disabledModels: ['smart'] }],
    [{ kind: 'favourite', name: 'a/y', isFavourite: true }, { favourites: ['smart', 'a/y'] }],
    [{ kind: 'favourite', name: 'smart', isFavourite: false }, { favourites: [] }],
    [{ kind: 'server', server: 's', isEnabled: false }, { mcpServers: { s: { enabled: false } } }],
    [{ kind: 'tool', server: 's', tool: 'a.b', change: { name: 'c', hidden: true } }, { mcpServers: { s: { tools: { 'a.b': { name: 'c', hidden: true } } } } }],
    [{ kind: 'preset', name: 'new', entry: { tags: ['a'] } }, { presets: { new: { tags: ['a'] } } }],
    [{ kind: 'preset', name: 'written', entry: undefined }, { presets: { written: null } }],
  ])('writes whole lists, from what is in force: %j', async (change, expected) => {
    const bench = createBench()
    expect(await bench.change.apply([change])).toEqual(APPLIED)
    expect(bench.overlay).toEqual(expected)
  })

  it('keeps what else is switched', async () => {
    const bench = createBench({ mcpServers: { s: { enabled: false } }, providers: { a: { enabled: false } } })
    await bench.change.apply([{ kind: 'model', provider: 'a', model: 'y', isEnabled: false }, { kind: 'favourite', name: 'a/y', isFavourite: true }])
    expect(bench.overlay).toEqual({ mcpServers: { s: { enabled: false } }, providers: { a: { enabled: false, disabledModels: ['x', 'y'] } }, favourites: ['smart', 'a/y'] })
  })

  it.each<SwitchChange>([
    { kind: 'provider', provider: 'a', isEnabled: true },
    { kind: 'model', provider: 'a', model: 'x', isEnabled: false },
    { kind: 'route', publicModel: 'smart', isEnabled: true },
    { kind: 'favourite', name: 'smart', isFavourite: true },
    { kind: 'preset', name: 'nobody', entry: undefined },
  ])('writes nothing for what holds already: %j', async (change) => {
    const bench = createBench()
    expect(await bench.change.apply([change])).toMatchObject({ outcome: 'unchanged' })
    expect(bench.written).toEqual([])
  })

  it('takes back one switch of a tool, or all of them, and nothing else', async () => {
    const bench = createBench({ mcpServers: { s: { enabled: false, tools: { a: { name: 'b', hidden: true }, other: { enabled: false } } } } })
    await bench.change.apply([{ kind: 'tool', server: 's', tool: 'a', change: { name: null } }])
    expect(bench.overlay).toEqual({ mcpServers: { s: { enabled: false, tools: { a: { hidden: true }, other: { enabled: false } } } } })
    await bench.change.apply([{ kind: 'tool', server: 's', tool: 'a', change: undefined }])
    await bench.change.apply([{ kind: 'tool', server: 's', tool: 'other', change: undefined }])
    expect(bench.overlay).toEqual({ mcpServers: { s: { enabled: false } } })
  })

  it('replaces a preset whole, and forgets one that the document does not have', async () => {
    const bench = createBench({ presets: { mine: { tags: ['a'], description: 'old' }, other: { tags: ['b'] } } })
    await bench.change.apply([{ kind: 'preset', name: 'mine', entry: { filter: 'x' } }])
    expect(bench.overlay).toEqual({ presets: { mine: { filter: 'x' }, other: { tags: ['b'] } } })
    await bench.change.apply([{ kind: 'preset', name: 'mine', entry: undefined }])
    expect(bench.overlay).toEqual({ presets: { other: { tags: ['b'] } } })
  })

  it('writes nothing that the configuration would not load with, nor while it is broken', async () => {
    const bench = createBench()
    bench.refuse = (overlay) => (overlay['favourites'] ? 'runtime.yaml no' : undefined)
    const change: SwitchChange = { kind: 'favourite', name: 'x', isFavourite: true }
    expect(await bench.change.apply([change])).toMatchObject({ outcome: 'rejected', problems: ['runtime.yaml no'] })
    bench.refuse = () => 'trunkline.yaml:3:1 broken'
    expect(await bench.change.apply([change])).toMatchObject({ outcome: 'rejected', problems: ['trunkline.yaml:3:1 broken'] })
    expect(bench.written).toEqual([])
  })

  it('takes back what the reload refuses', async () => {
    const bench = createBench({ favourites: ['old'] })
    bench.outcome = { ...APPLIED, outcome: 'rejected', problems: ['The gateway is shutting down.'] }
    expect(await bench.change.apply([{ kind: 'favourite', name: 'new', isFavourite: true }])).toMatchObject({ outcome: 'rejected', problems: ['The gateway is shutting down.'] })
    expect(bench.overlay).toEqual({ favourites: ['old'] })
  })

  it('is applied also when a watcher loaded it first', async () => {
    const bench = createBench()
    bench.outcome = { ...APPLIED, outcome: 'unchanged', changed: [] }
    expect(await bench.change.apply([{ kind: 'favourite', name: 'new', isFavourite: true }])).toMatchObject({ outcome: 'applied' })
  })
})
