import { describe, expect, it } from 'vitest'
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import { awaitNamed, type NamedCapability } from './await-named.ts'
import type { CatalogFilter, Naming } from './catalog.ts'
import { createCatalog, type Catalog } from './create-catalog.ts'
import { viewCatalog, type CatalogView } from './view-catalog.ts'

interface Bench extends AsyncDisposable {
  readonly catalog: Catalog
  readonly ready: ScriptedUpstream
  readonly late: ScriptedUpstream
  find(named: NamedCapability, options?: { readonly filter?: Partial<CatalogFilter>; readonly signal?: AbortSignal; readonly timeoutMs?: number }): Promise<CatalogView>
}

async function createBench(naming: Naming = 'prefixed'): Promise<Bench> {
  const make = (id: string): ScriptedUpstream =>
    createScriptedUpstream({ id, answers: { 'tools/list': { tools: [{ name: id }] }, 'prompts/list': { prompts: [] }, 'resources/list': { resources: [{ uri: `${id}://1`, name: id }] } } })
  const [ready, late] = [make('ready'), make('late')]
  const catalog = createCatalog({ upstreams: () => [ready, late], events: createEvents(silentLogger, createMetrics()), logger: silentLogger, naming: 'prefixed', listWaitMs: 60 })
  ready.becomeReady()
  await expect.poll(() => catalog.current.servers.length).toBe(1)
  return {
    catalog,
    ready,
    late,
    find: (named, { filter, ...options } = {}) =>
      awaitNamed({ look: () => viewCatalog(catalog.current, LOCAL_PRINCIPAL, { servers: 'all', tags: undefined, naming, ...filter }), named: [named], signal: new AbortController().signal, ...options }),
    [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose](),
  }
}

const hasLate = ({ servers }: CatalogView): boolean => servers.some(({ server }) => server === 'late')

describe('awaitNamed', () => {
  it.each<NamedCapability>([
    { kind: 'tool', name: 'late__late' },
    { kind: 'prompt', name: 'late__any' },
    { kind: 'resource', name: 'trunkline://servers/late/late://1' },
    { kind: 'tool-of', server: 'late', name: 'late' },
    { kind: 'server', server: 'late' },
  ])('waits for the server that $kind $name leads to until it is listed', async (named) => {
    await using bench = await createBench()
    const found = bench.find(named)
    bench.late.becomeReady()
    expect(hasLate(await found)).toBe(true)
  })

  it.each<NamedCapability>([
    { kind: 'tool', name: 'ready__ready' },
    { kind: 'tool', name: 'ready__nothing' },
    { kind: 'tool', name: 'nobody__nothing' },
    { kind: 'prompt', name: 'ready__nothing' },
    { kind: 'resource', name: 'ready://1' },
    { kind: 'tool-of', server: 'ready', name: 'nothing' },
    { kind: 'server', server: 'ready' },
  ])('takes the first view for $kind $name, which cannot be meant for the one that starts', async (named) => {
    await using bench = await createBench()
    let looks = 0
    await awaitNamed({ look: () => (looks++, viewCatalog(bench.catalog.current, LOCAL_PRINCIPAL, { servers: 'all', tags: undefined, naming: 'prefixed' })), named: [named], signal: new AbortController().signal })
    expect(looks).toBe(1)
  })

  it('waits for the only server of its view whatever the name', async () => {
    await using bench = await createBench()
    const found = bench.find({ kind: 'tool', name: 'anything' }, { filter: { servers: [bench.late.id], naming: 'original' } })
    bench.late.becomeReady()
    expect(hasLate(await found)).toBe(true)
  })

  it('gives a bare name the time of a list, since any server may have it', async () => {
    await using bench = await createBench('bare')
    expect(hasLate(await bench.find({ kind: 'tool', name: 'unheard' }))).toBe(false)
    const found = bench.find({ kind: 'tool', name: 'late' })
    bench.late.becomeReady()
    expect((await found).find('tool', 'late')).toBeDefined()
  })

  it('ends with the start that fails, and with the time of the call', async () => {
    await using bench = await createBench()
    expect((await bench.find({ kind: 'tool', name: 'late__late' }, { timeoutMs: 30 })).missing).toMatchObject([{ server: 'late', state: 'starting' }])
    const found = bench.find({ kind: 'tool', name: 'late__late' })
    bench.late.become({ state: 'failed', reason: 'no such file' })
    expect((await found).missing).toMatchObject([{ server: 'late', state: 'failed', reason: 'no such file' }])
  })

  it('ends with its caller', async () => {
    await using bench = await createBench()
    const leaving = new AbortController()
    const found = bench.find({ kind: 'tool', name: 'late__late' }, { signal: leaving.signal })
    leaving.abort(new Error('gone'))
    await expect(found).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('does not wait for a server that starts again: its lists are there', async () => {
    await using bench = await createBench()
    bench.ready.become({ state: 'starting', since: new Date() })
    const view = await bench.find({ kind: 'tool', name: 'ready__new' })
    expect(view.missing.find(({ server }) => server === 'ready')?.coming).toBeUndefined()
  })
})
