import { describe, expect, it } from 'vitest'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { testServer } from './upstream-fixture.ts'

const ROUNDS = 100

const content = (answer: Json): string => ((answer['result'] as { content?: { text: string }[] } | undefined)?.content?.[0]?.text ?? JSON.stringify(answer))

function wait(client: RawClient, id: number, ms: number, onMessage?: (message: Json) => void) {
  const params = { name: 'wait', arguments: { ms }, _meta: { progressToken: 'same' } }
  return client.request({ id, method: 'tools/call', params }, onMessage ? { onMessage } : {})
}

const progressOf = (messages: readonly Json[]): unknown[] => messages.filter(({ method }) => method === 'notifications/progress').map(({ params }) => (params as Json)['progressToken'])

describe('two clients with equal ids and progress tokens on one shared server', () => {
  it(`each get only their own answers and progress, ${ROUNDS} times`, async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const [a, b] = await Promise.all([connectRaw(`${gateway.url}/mcp/echo`), connectRaw(`${gateway.url}/mcp/echo`)])
    expect(a.sessionId).not.toBe(b.sessionId)
    for (let round = 0; round < ROUNDS; round++) {
      const [forA, forB] = await Promise.all([wait(a, 7, 8), wait(b, 7, 12)])
      expect([content(forA.answer), content(forB.answer)]).toEqual(['waited 8', 'waited 12'])
      expect([forA.answer['id'], forB.answer['id']]).toEqual([7, 7])
      for (const { before } of [forA, forB]) expect(progressOf(before)).toEqual(['same', 'same', 'same', 'same'])
    }
  })

  it(`a cancel by one never reaches the other’s call, ${ROUNDS} times`, async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const [a, b] = await Promise.all([connectRaw(`${gateway.url}/mcp/echo`), connectRaw(`${gateway.url}/mcp/echo`)])
    for (let round = 0; round < ROUNDS; round++) {
      const started = Promise.withResolvers<void>()
      const forA = wait(a, 7, 10_000)
      const forB = wait(b, 7, 20, () => started.resolve())
      await started.promise
      expect(await a.post({ method: 'notifications/cancelled', params: { requestId: 7 } })).toBe(202)
      expect(content((await forB).answer)).toBe('waited 20')
      // A cancelled request has no answer; its stream just ends.
      expect((await forA).answer['id']).toBeUndefined()
    }
    const counted = await b.request({ id: 8, method: 'tools/call', params: { name: 'cancelled', arguments: {} } })
    expect((JSON.parse(content(counted.answer)) as unknown[]).length).toBe(ROUNDS)
  })

  it('a cancel of an id that only the other client uses does nothing', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const [a, b] = await Promise.all([connectRaw(`${gateway.url}/mcp`), connectRaw(`${gateway.url}/mcp`)])
    const forB = b.request({ id: 9, method: 'tools/call', params: { name: 'echo__wait', arguments: { ms: 60 } } })
    await a.post({ method: 'notifications/cancelled', params: { requestId: 9 } })
    expect(content((await forB).answer)).toBe('waited 60')
  })

  it('of both eras are kept apart, and a modern client’s leaving cancels its own call only', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo') } })
    const url = `${gateway.url}/mcp/echo`
    const legacy = await connectRaw(url)
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController()
      const params = { name: 'wait', arguments: { ms: 10_000 }, _meta: { progressToken: 'same' } }
      const left = modernRequest(url, { id: 7, method: 'tools/call', params }, { signal: controller.signal })
      const stays = wait(legacy, 7, 30, () => controller.abort())
      await expect(left).rejects.toThrow(/abort/i)
      const { answer, before } = await stays
      expect(content(answer)).toBe('waited 30')
      expect(progressOf(before)).toEqual(['same', 'same', 'same', 'same'])
    }
  })

  it('questions of a server reach the client whose call it serves', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const url = `${gateway.url}/mcp/echo`
    const clients = await Promise.all(['a', 'b'].map(async (name) => ({ name, client: await connectRaw(url, { sampling: {} }) })))
    for (let round = 0; round < 20; round++) {
      for (const { name, client } of clients) {
        const asked: Json[] = []
        const { answer } = await client.request(
          { id: 1, method: 'tools/call', params: { name: 'ask', arguments: { method: 'sampling/createMessage', from: name } } },
          {
            onMessage: (message) => {
              if (message['method'] !== 'sampling/createMessage') return
              asked.push(message)
              void client.post({ id: message['id'], result: { answeredBy: name } })
            },
          },
        )
        expect(asked.map(({ params }) => (params as Json)['from'])).toEqual([name])
        expect(JSON.parse(content(answer))).toEqual({ answeredBy: name })
      }
    }
  })

  it('an answer of another client to a question is not taken', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const url = `${gateway.url}/mcp/echo`
    const [a, b] = await Promise.all([connectRaw(url, { sampling: {} }), connectRaw(url, { sampling: {} })])
    const { answer } = await a.request(
      { id: 1, method: 'tools/call', params: { name: 'ask', arguments: { method: 'sampling/createMessage' } } },
      {
        onMessage: (message) => {
          if (message['method'] === undefined) return
          void b.post({ id: message['id'], result: { answeredBy: 'b' } }).then(() => a.post({ id: message['id'], result: { answeredBy: 'a' } }))
        },
      },
    )
    expect(JSON.parse(content(answer))).toEqual({ answeredBy: 'a' })
  })
})
