import { describe, expect, it } from 'vitest'
import { ask, callTool, startUpstream, textOf, toolNames } from './upstream-fixture.ts'

const demo = { kind: 'builtin', name: 'demo' } as const

describe('createMcpUpstream with the built-in demo server', () => {
  it('says that it is a demo and lists every kind of capability', async () => {
    await using upstream = await startUpstream(demo)
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { serverInfo: { name: 'trunkline-demo' }, instructions: expect.stringContaining('demo') as string } })
    expect(await toolNames(upstream)).toEqual(['echo', 'add', 'now', 'roll_dice', 'slow_count'])
    expect(await ask(upstream, 'resources/list')).toContain('demo://readme')
    expect(await ask(upstream, 'resources/templates/list')).toContain('demo://greeting/{name}')
    expect(await ask(upstream, 'prompts/list')).toContain('explain')
  })

  it('runs its tools, and answers wrong arguments so that a model can mend them', async () => {
    await using upstream = await startUpstream(demo)
    expect(textOf(await callTool(upstream, 'echo', { text: 'hi' }))).toBe('hi')
    expect(await callTool(upstream, 'add', { a: 0.5, b: 2 })).toMatchObject({ structuredContent: { sum: 2.5 } })
    expect(textOf(await callTool(upstream, 'now', { timezone: 'Asia/Tokyo' }))).toContain('GMT+09:00')
    const { structuredContent } = await callTool(upstream, 'roll_dice', { sides: 2, count: 50 })
    expect((structuredContent as { rolls: number[] }).rolls.every((roll) => roll === 1 || roll === 2)).toBe(true)
    const wrong: [string, Record<string, number | string>][] = [['echo', {}], ['add', { a: 1 }], ['now', { timezone: 'Mars/Base' }], ['roll_dice', { sides: 1 }], ['slow_count', { to: 0 }]]
    for (const [name, given] of wrong) expect(await callTool(upstream, name, given)).toHaveProperty('isError', true)
  })

  it('reads resources, gives the prompt and completes its argument', async () => {
    await using upstream = await startUpstream(demo)
    expect(await ask(upstream, 'resources/read', { uri: 'demo://readme' })).toContain('demo server')
    expect(await ask(upstream, 'resources/read', { uri: 'demo://greeting/J%C3%BCrgen' })).toContain('Jürgen')
    await expect(ask(upstream, 'resources/read', { uri: 'demo://nothing' })).rejects.toMatchObject({ code: -32002 })
    expect(await ask(upstream, 'prompts/get', { name: 'explain', arguments: { topic: 'routing' } })).toContain('routing')
    await expect(ask(upstream, 'prompts/get', { name: 'explain' })).rejects.toMatchObject({ code: -32602 })
    const ref = { type: 'ref/prompt', name: 'explain' }
    expect(JSON.parse(await ask(upstream, 'completion/complete', { ref, argument: { name: 'topic', value: 't' } }))).toMatchObject({ completion: { values: ['tool', 'transport'] } })
    await expect(ask(upstream, 'no/method')).rejects.toMatchObject({ code: -32601 })
  })

  it('reports progress and stops when cancelled', async () => {
    await using upstream = await startUpstream(demo)
    const seen: number[] = []
    const onProgress = (params: string): void => void seen.push((JSON.parse(params) as { progress: number }).progress)
    await callTool(upstream, 'slow_count', { to: 3, delayMs: 1 }, { onProgress })
    expect(seen).toEqual([1, 2, 3])
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 20)
    const cancelled = callTool(upstream, 'slow_count', { to: 1000, delayMs: 5 }, { onProgress, signal: stop.signal })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    const counted = seen.length
    await callTool(upstream, 'slow_count', { to: 5, delayMs: 5 })
    expect(seen).toHaveLength(counted)
  })
})
