import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../domain/json-rpc.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import { silentLogger } from '../../../telemetry/index.ts'
import type { McpCall, UpstreamChange } from '../upstream.ts'
import type { PendingRequest } from './pending-request.ts'
import { createPeer, type Peer } from './peer.ts'

interface Bench {
  readonly peer: Peer
  readonly sent: PendingRequest[]
  readonly replies: string[]
  readonly abandoned: PendingRequest[]
  readonly changes: UpstreamChange[]
}

function createBench(): Bench {
  const sent: PendingRequest[] = []
  const replies: string[] = []
  const abandoned: PendingRequest[] = []
  const changes: UpstreamChange[] = []
  let id = 0
  const peer = createPeer({
    server: 's',
    logger: silentLogger,
    nextId: () => ++id,
    onChange: (change) => changes.push(change),
    wire: {
      sendRequest(request) {
        request.sent = true
        sent.push(request)
      },
      sendMessage: (text) => replies.push(text),
      abandon: (request) => abandoned.push(request),
    },
  })
  return { peer, sent, replies, abandoned, changes }
}

function open({ peer }: Bench, more: Partial<McpCall> = {}, timeoutMs = 10_000): Promise<JsonText> {
  const call: McpCall = { method: 'tools/call', params: undefined, signal: new AbortController().signal, ...more }
  return peer.request({ method: call.method, params: call.params, call, signal: call.signal, timeoutMs })
}

describe('createPeer', () => {
  it.each(['1', '"1"', '1.0'])('accepts the id of a request back as %s', async (id) => {
    const bench = createBench()
    const answer = open(bench)
    bench.peer.receive(`{"jsonrpc":"2.0","id":${id},"result":{"a":1}}`)
    await expect(answer).resolves.toBe('{"a":1}')
  })

  it('lets the first of two answers win and counts what nobody waits for', async () => {
    const bench = createBench()
    const answer = open(bench)
    bench.peer.receive('{"id":1,"result":"first"}')
    bench.peer.receive('{"id":1,"result":"second"}')
    bench.peer.receive('{"id":99,"result":"unknown"}')
    bench.peer.receive('{"id":"","result":"empty"}')
    bench.peer.receive('{"method":"notifications/progress","params":{"progressToken":5,"progress":1}}')
    await expect(answer).resolves.toBe('"first"')
    expect(bench.peer.dropped).toBe(4)
  })

  it('says which texts are no messages', () => {
    expect(createBench().peer.receive('starting up')).toBe(false)
  })

  it('ends every pending request once when it is closed, and none after that', async () => {
    const bench = createBench()
    const first = open(bench)
    bench.peer.close((request) => new Error(`closed during ${request.method}`))
    bench.peer.close(() => new Error('again'))
    await expect(first).rejects.toThrow('closed during tools/call')
    await expect(open(bench)).rejects.toMatchObject({ code: 'server_unavailable' })
  })

  it('does not send a request whose caller is already gone', async () => {
    const bench = createBench()
    await expect(open(bench, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
    expect(bench.sent).toEqual([])
  })

  it('knows a late answer to a cancelled call from a stray one', async () => {
    const bench = createBench()
    const stop = new AbortController()
    const cancelled = open(bench, { signal: stop.signal })
    stop.abort()
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(bench.abandoned).toHaveLength(1)
    bench.peer.receive('{"id":1,"result":{}}')
    expect(bench.peer.dropped).toBe(0)
  })

  it('gives questions to the only call again once a cancelled one has been answered', async () => {
    const bench = createBench()
    const stop = new AbortController()
    const cancelled = open(bench, { signal: stop.signal })
    stop.abort()
    await cancelled.catch(() => {})
    const asked: string[] = []
    const onServerRequest = (method: string): Promise<JsonText> => {
      asked.push(method)
      return Promise.resolve('{}' as JsonText)
    }
    void open(bench, { onServerRequest })
    bench.peer.receive('{"id":"q1","method":"roots/list"}')
    bench.peer.receive('{"id":1,"error":{"code":-32800,"message":"cancelled"}}')
    bench.peer.receive('{"id":"q2","method":"elicitation/create"}')
    await expect.poll(() => bench.replies).toHaveLength(2)
    expect(asked).toEqual(['elicitation/create'])
  })

  it('ignores list requests when it looks for the call behind a question', async () => {
    const bench = createBench()
    void open(bench, { method: 'tools/list' })
    void open(bench, { onServerRequest: () => Promise.resolve('{"ok":1}' as JsonText) })
    bench.peer.receive('{"id":"q","method":"sampling/createMessage"}')
    await expect.poll(() => bench.replies).toEqual(['{"jsonrpc":"2.0","id":"q","result":{"ok":1}}'])
  })

  it('does not answer a question that the server took back', async () => {
    const bench = createBench()
    const { promise, resolve } = Promise.withResolvers<JsonText>()
    void open(bench, { onServerRequest: () => promise })
    bench.peer.receive('{"id":"q","method":"sampling/createMessage"}')
    bench.peer.receive('{"method":"notifications/cancelled","params":{"requestId":"q"}}')
    resolve('{}' as JsonText)
    await promise
    bench.peer.receive('{"id":"p","method":"ping"}')
    await expect.poll(() => bench.replies).toEqual(['{"jsonrpc":"2.0","id":"p","result":{}}'])
  })

  it('lets the time of a call stand still while its caller is asked', async () => {
    const bench = createBench()
    const { promise, resolve } = Promise.withResolvers<JsonText>()
    const answer = open(bench, { onServerRequest: () => promise }, 60)
    bench.peer.receive('{"id":"q","method":"elicitation/create"}')
    await new Promise((later) => setTimeout(later, 200))
    resolve('{"action":"accept"}' as JsonText)
    await expect.poll(() => bench.replies).toHaveLength(1)
    bench.peer.receive('{"id":1,"result":{"ok":1}}')
    expect(await answer).toBe('{"ok":1}')

    const slow = open(bench, { onServerRequest: () => promise }, 60)
    bench.peer.receive('{"id":"r","method":"elicitation/create"}')
    await expect(slow).rejects.toMatchObject({ code: 'upstream_timeout' })
  })

  it('refuses a question on the stream of a call that is over', async () => {
    const bench = createBench()
    const answer = open(bench, { onServerRequest: () => Promise.resolve('{}' as JsonText) })
    bench.peer.receive('{"id":1,"result":{}}')
    await answer
    bench.peer.receive('{"id":"q","method":"roots/list"}', bench.sent[0])
    await expect.poll(() => bench.replies).toHaveLength(1)
    expect(bench.replies[0]).toContain('-32601')
  })

  it('gives notifications to their call, and the rest to the upstream', () => {
    const bench = createBench()
    const heard: string[] = []
    void open(bench, { onServerNotification: (method) => heard.push(method) })
    bench.peer.receive('{"method":"notifications/message","params":{}}', bench.sent[0])
    bench.peer.receive('{"method":"notifications/tools/list_changed"}')
    bench.peer.receive('{"method":"notifications/resources/updated","params":{"uri":"x"}}')
    void open(bench)
    bench.peer.receive('{"method":"notifications/message","params":{"n":2}}')
    expect(heard).toEqual(['notifications/message'])
    expect(bench.changes).toEqual([
      { kind: 'list-changed', list: 'tools' },
      { kind: 'resource-updated', params: '{"uri":"x"}' },
      { kind: 'notification', method: 'notifications/message', params: '{"n":2}' },
    ])
  })

  it('survives a caller whose listener throws', async () => {
    const bench = createBench()
    const answer = open(bench, {
      onProgress() {
        throw new Error('mine')
      },
    })
    bench.peer.receive('{"method":"notifications/progress","params":{"progressToken":1,"progress":1}}')
    bench.peer.receive('{"id":1,"error":{"code":5,"message":"m"}}')
    await expect(answer).rejects.toEqual(new RpcError(5, 'm'))
  })

  it('keeps the progress token of a call whose answer was a task, until it is told to forget it', async () => {
    const bench = createBench()
    const lasting = new AbortController()
    const seen: string[] = []
    const answer = open(bench, { onProgress: (params) => seen.push(params), lasting: lasting.signal })
    bench.peer.receive('{"id":1,"result":{"task":{}}}')
    await answer
    bench.peer.receive('{"method":"notifications/progress","params":{"progressToken":1,"progress":1}}')
    lasting.abort()
    bench.peer.receive('{"method":"notifications/progress","params":{"progressToken":1,"progress":2}}')
    expect(seen).toEqual(['{"progressToken":1,"progress":1}'])
    expect(bench.peer.dropped).toBe(1)
  })

  it('asks the one session behind several calls, and refuses with the cure when there are two', async () => {
    const bench = createBench()
    const session = {}
    const asked: string[] = []
    const onServerRequest = async (method: string): Promise<JsonText> => {
      asked.push(method)
      return '{"ok":1}' as JsonText
    }
    const calls = [open(bench, { asker: session, onServerRequest }), open(bench, { asker: session, onServerRequest })]
    bench.peer.receive('{"id":"q1","method":"sampling/createMessage","params":{}}')
    await expect.poll(() => bench.replies.at(-1)).toBe('{"jsonrpc":"2.0","id":"q1","result":{"ok":1}}')
    calls.push(open(bench, { asker: {}, onServerRequest }))
    bench.peer.receive('{"id":"q2","method":"sampling/createMessage","params":{}}')
    await expect.poll(() => bench.replies.at(-1)).toContain('isolation: per-session')
    expect(asked).toEqual(['sampling/createMessage'])
    bench.peer.close(() => new Error('over'))
    await Promise.allSettled(calls)
  })

  it('lets a server make a task of its question', async () => {
    const bench = createBench()
    const call = open(bench, { onServerRequest: async () => '{"action":"accept"}' as JsonText })
    bench.peer.receive('{"id":"q","method":"elicitation/create","params":{"message":"m","task":{}}}')
    await expect.poll(() => bench.replies.at(-1)).toMatch(/"result":\{"task":\{"taskId":/)
    const { result } = JSON.parse(bench.replies.at(-1) ?? '') as { result: { task: { taskId: string } } }
    bench.peer.receive(`{"id":"r","method":"tasks/result","params":{"taskId":"${result.task.taskId}"}}`)
    await expect.poll(() => bench.replies.at(-1)).toMatch(/"id":"r","result":\{"action":"accept","_meta"/)
    bench.peer.close(() => new Error('over'))
    await expect(call).rejects.toThrow('over')
  })
})
