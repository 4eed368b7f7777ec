import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'
import { foldResponse, printed, readEvents } from '../support/fold-response.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let place: Place
let gateway: GatewayProcess | undefined
let file: string

beforeEach(async () => {
  sim = await createProviderSimulator()
  place = makePlace()
  file = join(place.directory, 'calls.txt')
  writeFileSync(file, '')
  place.write({
    version: 1,
    providers: { chat: { kind: 'openai-compatible', baseUrl: sim.url } },
    mcpServers: { counting: { command: process.execPath, args: [testServerPath('counting'), '--file', file, '--call-delay', '3000'] } },
  })
})
afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]()
  gateway = undefined
  await sim.close()
  place[Symbol.dispose]()
})

const calls = (): readonly string[] => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')

async function start(): Promise<OpenAI> {
  gateway = await startGatewayProcess(place)
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-any', maxRetries: 0 })
}

async function crash(): Promise<void> {
  gateway?.child.kill('SIGKILL')
  await gateway?.exited
}

describe('a run in the background', () => {
  it('survives two crashes of the gateway, and makes no call twice that must not be', async () => {
    sim.script(
      { tools: [{ name: 'counting__pay', arguments: '{"to":1}' }, { name: 'counting__look', arguments: '{"at":1}' }], inputTokens: 10, outputTokens: 1 },
      { tools: [{ name: 'counting__pay', arguments: '{"to":2}' }], firstCall: 5, inputTokens: 20, outputTokens: 2 },
      { text: 'Both are paid.', inputTokens: 30, outputTokens: 3 },
    )
    const queued = await (await start()).responses.create({ model: 'chat/some+tools:counting', input: 'Pay both.', background: true })
    await until(() => calls().length === 2, 'the first calls are being made')
    await crash()
    await start()
    await until(() => calls().includes('pay {"to":2}'), 'the second turn calls')
    await crash()
    const sdk = await start()
    await until(() => sim.requests.length === 3, 'the third turn is asked for')
    let response = await sdk.responses.retrieve(queued.id)
    while (response.status === 'in_progress') response = await sdk.responses.retrieve(queued.id)
    expect(response).toMatchObject({ id: queued.id, output_text: 'Both are paid.', usage: { input_tokens: 60, output_tokens: 6 } })
    expect(calls().toSorted()).toEqual(['look {"at":1}', 'look {"at":1}', 'pay {"to":1}', 'pay {"to":2}'])
    const last = sim.requests.at(-1)?.body.toString() ?? ''
    expect(last.match(/was not repeated/g)).toHaveLength(2)
    expect(last).toContain('look done')
    expect(sim.requests).toHaveLength(3)
  })

  it('is told to readers that come back after a crash, and ends for each as the same response', async () => {
    sim.script(
      { tools: [{ name: 'counting__look', arguments: '{"at":1}' }] },
      { text: 'Half of what is', fault: 'stall', after: 4 },
      { text: 'All of it is seen now.', intervalMs: 5 },
    )
    const first = await start()
    const live = await readEvents(await first.responses.create({ model: 'chat/some+tools:counting', input: 'Look.', background: true, stream: true }), 11)
    const id = live[0]?.type === 'response.created' ? live[0].response.id : ''
    const cut = live.at(-1)?.sequence_number ?? 0
    await until(() => sim.requests.length === 2, 'the second turn is asked for')
    await crash()
    const sdk = await start()
    const retrieve = async (after?: number): ReturnType<typeof readEvents> => readEvents(await sdk.responses.retrieve(id, { stream: true, ...(after === undefined ? {} : { starting_after: after }) }))
    const [rest, again] = await Promise.all([retrieve(cut), retrieve()])
    expect(rest.map(({ type }) => type)).toEqual(['response.completed'])
    expect(rest[0]?.sequence_number).toBeGreaterThan(cut)
    expect(printed(again)).toBe('All of it is seen now.')
    const stored = await sdk.responses.retrieve(id)
    for (const events of [[...live, ...rest], again]) expect((await foldResponse(events)).output).toMatchObject(stored.output)
    const streamed = await sdk.responses.stream({ response_id: id }).finalResponse()
    expect(streamed).toMatchObject({ id, output_text: 'All of it is seen now.', status: 'completed' })
    expect(calls()).toEqual(['look {"at":1}'])
    // The run is over, and so is what was told of it: the record alone says the same.
    await crash()
    const last = await start()
    expect((await foldResponse(await readEvents(await last.responses.retrieve(id, { stream: true })))).output).toEqual((await foldResponse(again)).output)
    expect(await readEvents(await last.responses.retrieve(id, { stream: true, starting_after: again.at(-2)?.sequence_number ?? 0 }))).toMatchObject([{ type: 'response.completed' }])
  })
})
