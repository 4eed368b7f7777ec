import { describe, expect, it } from 'vitest'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { createScriptedUpstream, paramsOf } from '../../../test/support/scripted-upstream.ts'
import { fetchList } from './fetch-list.ts'

const signal = new AbortController().signal

describe('fetchList', () => {
  it('reads all pages, an empty string being a cursor', async () => {
    const upstream = createScriptedUpstream({
      answers: {
        'tools/list': (call) => {
          const { cursor } = paramsOf(call)
          if (cursor === undefined) return { tools: [{ name: 'a' }], nextCursor: '' }
          return cursor === '' ? { tools: [{ name: 'b' }], nextCursor: 'x' } : { tools: [{ name: 'c' }] }
        },
      },
    })
    const { capabilities } = await fetchList(upstream, 'tool', signal, silentLogger)
    expect(capabilities.map(({ upstreamName }) => upstreamName)).toEqual(['a', 'b', 'c'])
  })

  it('ends at a cursor that comes again', async () => {
    const upstream = createScriptedUpstream({ answers: { 'tools/list': () => ({ tools: [{ name: `t${upstream.calls.length}` }], nextCursor: 'same' }) } })
    const { capabilities } = await fetchList(upstream, 'tool', signal, silentLogger)
    expect(upstream.calls).toHaveLength(2)
    expect(capabilities).toHaveLength(2)
  })

  it('ends a list of endless fresh cursors', async () => {
    const upstream = createScriptedUpstream({ answers: { 'tools/list': () => ({ tools: [], nextCursor: String(upstream.calls.length) }) } })
    await fetchList(upstream, 'tool', signal, silentLogger)
    expect(upstream.calls.length).toBeLessThan(300)
  })

  it('keeps definitions as they were written, and leaves out nameless and doubled ones', async () => {
    const upstream = createScriptedUpstream({ answers: { 'tools/list': '{"tools":[{ "name":"a", "2":1, "1":12345678901234567890 },{"title":"none"},{"name":"a"},{"name":7}]}' } })
    const { capabilities } = await fetchList(upstream, 'tool', signal, silentLogger)
    expect(capabilities).toEqual([{ kind: 'tool', upstreamName: 'a', definition: '{ "name":"a", "2":1, "1":12345678901234567890 }' }])
  })

  it('takes a missing method for an empty list, and no other error', async () => {
    const without = createScriptedUpstream()
    expect((await fetchList(without, 'resource-template', signal, silentLogger)).capabilities).toEqual([])
    const broken = createScriptedUpstream({ answers: { 'tools/list': () => Promise.reject(new RpcError(RPC.internalError, 'broken')) } })
    await expect(fetchList(broken, 'tool', signal, silentLogger)).rejects.toThrow('broken')
  })

  it('believes the shortest time and the narrowest scope of all pages', async () => {
    const page = { tools: [], ttlMs: 60_000, cacheScope: 'public' }
    const fresh = createScriptedUpstream({ answers: { 'tools/list': (call) => (paramsOf(call)['cursor'] === undefined ? { ...page, nextCursor: 'x' } : { ...page, ttlMs: 1000 }) } })
    const list = await fetchList(fresh, 'tool', signal, silentLogger)
    expect(list.cacheScope).toBe('public')
    expect(list.freshUntil - Date.now()).toBeLessThanOrEqual(1000)
    const silent = createScriptedUpstream({ answers: { 'tools/list': { tools: [] } } })
    expect(await fetchList(silent, 'tool', signal, silentLogger)).toMatchObject({ freshUntil: 0, cacheScope: 'private' })
  })
})
