import { describe, expect, it } from 'vitest'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, type Json, type RawClient } from '../support/mcp-raw-client.ts'
import { testServer } from './upstream-fixture.ts'

const content = (answer: Json): Json => JSON.parse((answer['result'] as { content: { text: string }[] }).content[0]?.text ?? 'null') as Json

/** One call of the tool that asks; the client answers with the name in the question, after all others were asked. */
async function ask(client: RawClient, id: number, from: string, onAsked: () => Promise<void>): Promise<{ readonly answer: Json; readonly asked: readonly unknown[] }> {
  const asked: unknown[] = []
  const onMessage = (message: Json): void => {
    if (message['method'] !== 'sampling/createMessage') return
    const about = (message['params'] as Json)['from']
    asked.push(about)
    void onAsked().then(() => client.post({ id: message['id'], result: { about } }))
  }
  const params = { name: 'ask', arguments: { method: 'sampling/createMessage', from } }
  const { answer } = await client.request({ id, method: 'tools/call', params }, { onMessage })
  return { answer: content(answer), asked }
}

/** Resolves for everybody when the last one came. */
function meeting(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>()
  let here = 0
  return () => {
    if (++here === count) all.resolve()
    return all.promise
  }
}

describe('questions of a legacy server over stdio, which does not say which call they are about', () => {
  it('reach the one session that has calls open, and each call gets its own answer', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const client = await connectRaw(`${gateway.url}/mcp/echo`, { sampling: {} })
    for (let round = 0; round < 10; round++) {
      const everybody = meeting(3)
      const names = ['a', 'b', 'c'].map((name) => `${name}${round}`)
      const outcomes = await Promise.all(names.map((name, index) => ask(client, index + 1, name, everybody)))
      expect(outcomes.map(({ answer }) => answer)).toEqual(names.map((about) => ({ about })))
      expect(new Set(outcomes.flatMap(({ asked }) => asked))).toEqual(new Set(names))
    }
  })

  it('are refused with the cure when calls of two sessions are open', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') }, definition: { era: 'legacy' } })
    const [one, two] = await Promise.all([connectRaw(`${gateway.url}/mcp/echo`, { sampling: {} }), connectRaw(`${gateway.url}/mcp/echo`, { sampling: {} })])
    const started = Promise.withResolvers<void>()
    const waiting = two.request({ id: 1, method: 'tools/call', params: { name: 'wait', arguments: { ms: 1_500 }, _meta: { progressToken: 1 } } }, { onMessage: () => started.resolve() })
    await started.promise
    const { answer, asked } = await ask(one, 1, 'x', async () => undefined)
    expect(answer).toMatchObject({ code: -32601, message: expect.stringMatching(/2 calls of different clients.*`isolation: per-session`/) })
    expect(asked).toEqual([])
    await waiting
  })
})
