import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import type { CatalogFilter, CatalogSnapshot } from './catalog.ts'
import type { CatalogChange } from './changed-kinds.ts'
import { createCatalog, type Catalog } from './create-catalog.ts'
import { viewCatalog } from './view-catalog.ts'

const all: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }

function create(upstreams: () => readonly ScriptedUpstream[], listWaitMs = 5_000): Catalog {
  return createCatalog({ upstreams, events: createEvents(silentLogger, createMetrics()), logger: silentLogger, naming: 'prefixed', listWaitMs })
}

const names = (snapshot: CatalogSnapshot): string[] => viewCatalog(snapshot, LOCAL_PRINCIPAL, all).list('tool').map(({ exposedName }) => exposedName)

function nextChange(catalog: Catalog): Promise<CatalogChange> {
  return new Promise((resolve) => {
    const stop = catalog.onChange((change) => {
      stop()
      resolve(change)
    })
  })
}

const listing = (...tools: string[]) => ({ tools: tools.map((name) => ({ name })) })

describe('createCatalog', () => {
  it('waits for servers that just start, and gives what they list', async () => {
    const one = createScriptedUpstream({ answers: { 'tools/list': listing('a', 'b') } })
    await using catalog = create(() => [one])
    expect(catalog.current.missing).toMatchObject([{ server: 'one', state: 'starting' }])
    const asked = catalog.contacted(all)
    one.becomeReady()
    expect(names(await asked)).toEqual(['one__a', 'one__b'])
    expect(catalog.current.missing).toEqual([])
  })

  it('gives lists their own time, however long the server took to start', async () => {
    const one = createScriptedUpstream({ answers: { 'tools/list': listing('a') } })
    await using catalog = create(() => [one], 20)
    expect(names(await catalog.contacted(all))).toEqual([])
    one.becomeReady()
    expect(names(await catalog.contacted(all))).toEqual(['one__a'])
  })

  it('asks only for what the server promised', async () => {
    const one = createScriptedUpstream({ capabilities: { prompts: {} }, answers: { 'prompts/list': { prompts: [{ name: 'p' }] } } })
    one.becomeReady()
    await using catalog = create(() => [one])
    await catalog.contacted(all)
    expect(one.calls.map(({ method }) => method)).toEqual(['prompts/list'])
  })

  it('makes one reading out of many notices, and says what changed', async () => {
    const one = createScriptedUpstream({ capabilities: { tools: {} }, answers: { 'tools/list': listing('a') } })
    one.becomeReady()
    await using catalog = create(() => [one])
    await catalog.contacted(all)
    one.answers['tools/list'] = listing('a', 'b')
    const changed = nextChange(catalog)
    for (let n = 0; n < 5; n++) one.emit({ kind: 'list-changed', list: 'tools' })
    expect((await changed).lists).toEqual(new Map([['one', new Set(['tool'])]]))
    expect(one.calls).toHaveLength(2)
    expect(names(catalog.current)).toEqual(['one__a', 'one__b'])
  })

  it('reads again when a notice comes while it reads', async () => {
    const gate = Promise.withResolvers<void>()
    let asked = 0
    const one = createScriptedUpstream({
      capabilities: { tools: {} },
      answers: {
        'tools/list': async () => {
          if (++asked === 1) await gate.promise
          return listing(`v${asked}`)
        },
      },
    })
    one.becomeReady()
    await using catalog = create(() => [one])
    await expect.poll(() => asked).toBe(1)
    one.emit({ kind: 'list-changed', list: 'tools' })
    gate.resolve()
    await expect.poll(() => names(catalog.current)).not.toEqual(['one__v1'])
    expect(names(catalog.current)).toEqual([`one__v${asked}`])
  })

  it('replaces the snapshot whole and never touches an old one', async () => {
    const one = createScriptedUpstream({ answers: { 'tools/list': listing('a') } })
    one.becomeReady()
    await using catalog = create(() => [one])
    const before = await catalog.contacted(all)
    const changed = nextChange(catalog)
    one.answers['tools/list'] = listing('z')
    one.emit({ kind: 'list-changed', list: 'tools' })
    await changed
    expect(names(before)).toEqual(['one__a'])
    expect(catalog.current.generation).toBeGreaterThan(before.generation)
  })

  it('keeps the last good lists of a server that is down, flagged stale, with state, cause and next attempt', async () => {
    const one = createScriptedUpstream({ answers: { 'tools/list': listing('a') } })
    one.becomeReady()
    await using catalog = create(() => [one])
    await catalog.contacted(all)
    const nextAttemptAt = new Date(Date.now() + 1000)
    one.become({ state: 'backing-off', attempt: 1, nextAttemptAt, reason: 'exited with code 1' })
    expect(names(catalog.current)).toEqual(['one__a'])
    expect(catalog.current.servers[0]?.stale).toBe(true)
    expect(catalog.current.missing).toEqual([{ server: 'one', state: 'backing-off', reason: 'exited with code 1', nextAttemptAt }])
    one.becomeReady()
    await expect.poll(() => catalog.current.missing).toEqual([])
    expect(catalog.current.servers[0]?.stale).toBe(false)
  })

  it('makes nothing anew for servers that did not change when another goes down', async () => {
    const [steady, shaky] = [createScriptedUpstream({ id: 'steady', answers: { 'tools/list': listing('a') } }), createScriptedUpstream({ id: 'shaky', answers: { 'tools/list': listing('b') } })]
    steady.becomeReady()
    shaky.becomeReady()
    await using catalog = create(() => [steady, shaky])
    const before = viewCatalog(await catalog.contacted(all), LOCAL_PRINCIPAL, all).list('tool')
    shaky.become({ state: 'backing-off', attempt: 1, nextAttemptAt: new Date(), reason: 'exited with code 1' })
    const after = viewCatalog(catalog.current, LOCAL_PRINCIPAL, all).list('tool')
    expect(after.map(({ exposedName }) => exposedName)).toEqual(['steady__a', 'shaky__b'])
    expect(after[0]).toBe(before[0])
  })

  it('keeps the other lists when one cannot be read, and says which', async () => {
    const one = createScriptedUpstream({ answers: { 'tools/list': listing('a'), 'prompts/list': () => Promise.reject(new Error('no prompts today')) } })
    one.becomeReady()
    await using catalog = create(() => [one])
    const snapshot = await catalog.contacted(all)
    expect(names(snapshot)).toEqual(['one__a'])
    expect(snapshot.missing).toMatchObject([{ server: 'one', state: 'ready', reason: 'prompts/list failed: no prompts today' }])
  })

  it('does not wait for a hanging server longer than once', async () => {
    const good = createScriptedUpstream({ id: 'good', answers: { 'tools/list': listing('a') } })
    const stuck = createScriptedUpstream({ id: 'stuck', answers: { 'tools/list': () => new Promise(() => undefined) } })
    for (const upstream of [good, stuck]) upstream.becomeReady()
    await using catalog = create(() => [good, stuck], 60)
    expect(names(await catalog.contacted(all))).toEqual(['good__a'])
    expect(catalog.current.missing).toMatchObject([{ server: 'stuck', state: 'ready', reason: 'Its lists are being read.' }])
    // Timers fire in the order of their times, also after a machine stood still.
    const again = catalog.contacted(all).then(() => 'at once')
    expect(await Promise.race([again, sleep(40).then(() => 'waited')])).toBe('at once')
  })

  it('waits for nobody that a filter does not select', async () => {
    const good = createScriptedUpstream({ id: 'good', answers: { 'tools/list': listing('a') } })
    const stuck = createScriptedUpstream({ id: 'stuck' })
    good.becomeReady()
    await using catalog = create(() => [good, stuck], 600_000)
    await catalog.contacted({ servers: ['good' as McpServerId], tags: undefined, naming: 'original' })
  })

  it('follows a reload: added, removed and replaced servers', async () => {
    const one = createScriptedUpstream({ id: 'one', answers: { 'tools/list': listing('a') } })
    const two = createScriptedUpstream({ id: 'two', answers: { 'tools/list': listing('b') } })
    let upstreams = [one]
    one.becomeReady()
    two.becomeReady()
    await using catalog = create(() => upstreams)
    await catalog.contacted(all)
    upstreams = [two, one]
    catalog.syncServers()
    expect(names(await catalog.contacted(all))).toEqual(['two__b', 'one__a'])
    // A new instance of the same server: its old lists are shown until it has its own.
    const again = createScriptedUpstream({ id: 'one', answers: { 'tools/list': listing('new') } })
    upstreams = [again]
    const removed = nextChange(catalog)
    catalog.syncServers()
    expect((await removed).lists).toEqual(new Map([['two', new Set(['tool'])]]))
    expect(names(catalog.current)).toEqual(['one__a'])
    again.becomeReady()
    await expect.poll(() => names(catalog.current)).toEqual(['one__new'])
    one.emit({ kind: 'list-changed', list: 'tools' })
    expect(one.calls.filter(({ method }) => method === 'tools/list')).toHaveLength(1)
  })

  it('reads a list again when its time is over', async () => {
    let asked = 0
    const one = createScriptedUpstream({
      era: 'modern',
      capabilities: { tools: {} },
      answers: { 'tools/list': () => ({ tools: [{ name: `v${++asked}` }], ttlMs: 100, cacheScope: 'public' }) },
    })
    one.becomeReady()
    await using catalog = create(() => [one])
    expect(names(await catalog.contacted(all))).toEqual(['one__v1'])
    await expect.poll(() => names(catalog.current)).not.toEqual(['one__v1'])
    expect(names(catalog.current)).toEqual([`one__v${asked}`])
  })

  it('is still after it was disposed of', async () => {
    const one = createScriptedUpstream({ answers: { 'tools/list': listing('a') } })
    one.becomeReady()
    const catalog = create(() => [one])
    await catalog.contacted(all)
    let changes = 0
    catalog.onChange(() => changes++)
    await catalog[Symbol.asyncDispose]()
    one.answers['tools/list'] = listing('z')
    one.emit({ kind: 'list-changed', list: 'tools' })
    one.become({ state: 'failed', reason: 'x' })
    expect(changes).toBe(0)
  })
})
