import { describe, expect, it } from 'vitest'
import { createProviderSimulator } from '../../sim/index.ts'
import { makePlace, startGatewayProcess } from '../support/gateway-process.ts'

type Line = Readonly<Record<string, unknown>>

const parse = (line: string): readonly Line[] => (line.startsWith('{') ? [JSON.parse(line) as Line] : [])

describe('the log lines of one run', () => {
  it('tell its whole story in order, among the lines of others', async () => {
    await using stack = new AsyncDisposableStack()
    const sim = await createProviderSimulator()
    stack.defer(() => sim.close())
    const place = stack.use(makePlace())
    place.write({ version: 1, providers: { chat: { kind: 'openai-compatible', baseUrl: sim.url } }, mcpServers: { demo: { builtin: 'demo' } } })
    const gateway = stack.use(await startGatewayProcess(place))
    const ask = async (model: string): Promise<Response> => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: `chat/${model}+tools:demo`, messages: [{ role: 'user', content: 'Add.' }], stream: true }) })
      await response.text()
      return response
    }
    const add = (model: string, a: number, firstCall: number) => ({ model, tools: [{ name: 'demo__add', arguments: JSON.stringify({ a, b: 1 }) }, { name: 'demo__echo', arguments: '{"wrong":1}' }], firstCall })
    sim.script(add('one', 1, 0), add('two', 1, 0), add('one', 2, 5), { model: 'two', text: 'Done.' }, { model: 'one', text: 'Done.' })
    const [one] = await Promise.all([ask('one'), ask('two')])
    const run = one.headers.get('x-trunkline-run')
    expect(run).toMatch(/^run_/)
    await expect.poll(() => gateway.log.filter((line) => line.includes('"event":"run"')).length).toBe(2)
    const story = gateway.log.flatMap(parse).filter((line) => line['run'] === run)
    expect(story.map(({ event, turn, name, outcome, model }) => [event, turn, name ?? model, outcome])).toEqual([
      ['run-begun', undefined, 'chat/one', undefined],
      ['exchange', 1, 'one', 'answered'],
      ['call', 1, expect.stringMatching(/add|echo/), expect.stringMatching(/answered|tool-error/)],
      ['call', 1, expect.stringMatching(/add|echo/), expect.stringMatching(/answered|tool-error/)],
      ['exchange', 2, 'one', 'answered'],
      ['call', 2, expect.stringMatching(/add|echo/), expect.stringMatching(/answered|tool-error/)],
      ['call', 2, expect.stringMatching(/add|echo/), expect.stringMatching(/answered|tool-error/)],
      ['exchange', 3, 'one', 'answered'],
      ['run', undefined, undefined, 'answered'],
    ])
    expect(story.at(-1)).toMatchObject({ turns: 3, calls: 4 })
    expect(new Set(story.map(({ requestId }) => requestId)).size).toBe(1)
    expect(JSON.stringify(story)).not.toContain('Add.')
  })
})
