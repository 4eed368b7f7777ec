import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'

const EVERYTHING = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js')

let sim: ProviderSimulator
let place: Place
let gateway: GatewayProcess

async function start(sampling: object | undefined): Promise<void> {
  place.write({
    version: 1,
    providers: { chat: { kind: 'openai-compatible', baseUrl: sim.url, models: ['small', 'large'] } },
    mcpServers: { everything: { command: process.execPath, args: [EVERYTHING], ...(sampling ? { sampling } : {}) } },
  })
  gateway = await startGatewayProcess(place)
  await expect.poll(async () => (await fetch(`${gateway.url}/healthz`)).text()).toContain('"state":"ready"')
}

beforeEach(async () => {
  sim = await createProviderSimulator()
  place = makePlace()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
  place[Symbol.dispose]()
})

/** A script that calls the tool over REST: it can answer nothing itself. */
async function callOverRest(prompt: string): Promise<string> {
  const response = await fetch(`${gateway.url}/tools/everything/trigger-sampling-request`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ prompt, maxTokens: 50 }) })
  return response.text()
}

async function connect(capabilities: { readonly sampling?: Record<string, never>; readonly elicitation?: Record<string, never> }): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { ...capabilities } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp/everything`)))
  return client
}

const callBy = async (client: Client, prompt: string): Promise<string> => JSON.stringify(await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt, maxTokens: 50 } }))

describe('a server that asks for a model', () => {
  it('is answered by a model of the gateway, where its client has none', async () => {
    await start({ model: 'chat/large', consent: 'always', maxTokens: 20 })
    sim.script({ text: 'Said by the gateway.' })
    expect(await callOverRest('What now?')).toContain('Said by the gateway.')
    const sent = JSON.parse(sim.requests[0]?.body.toString() ?? '{}') as { model: string; max_tokens: number; messages: unknown[] }
    expect(sent).toMatchObject({ model: 'large', max_tokens: 20 })
    expect(JSON.stringify(sent.messages)).toContain('What now?')
  })

  it('is refused by default', async () => {
    await start(undefined)
    await callOverRest('What now?')
    expect(sim.requests).toHaveLength(0)
  })

  it('is refused where consent is needed and nobody can be asked', async () => {
    await start({ model: 'chat/large' })
    expect(await callOverRest('What now?')).toContain('mcpServers.everything.sampling.consent')
    expect(sim.requests).toHaveLength(0)
  })

  it.each(['accept', 'decline'] as const)('asks whoever made the call, and obeys: %s', async (action) => {
    await start({ model: 'chat/large' })
    sim.script({ text: 'Said by the gateway.' })
    const client = await connect({ elicitation: {} })
    const asked: string[] = []
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message)
      return action === 'accept' ? { action, content: { allow: true } } : { action }
    })
    const said = await callBy(client, 'What now?').catch((error: unknown) => String(error))
    expect(asked).toEqual([expect.stringContaining('`everything` wants to ask the model `chat/large`')])
    expect(said).toContain(action === 'accept' ? 'Said by the gateway.' : 'rejected')
    expect(sim.requests).toHaveLength(action === 'accept' ? 1 : 0)
    await client.close()
  })

  it('is answered by its client, where that can', async () => {
    await start({ model: 'chat/large', consent: 'always' })
    const client = await connect({ sampling: {} })
    client.setRequestHandler(CreateMessageRequestSchema, () => ({ role: 'assistant', content: { type: 'text', text: 'Said by the client.' }, model: 'mine' }))
    expect(await callBy(client, 'What now?')).toContain('Said by the client.')
    expect(sim.requests).toHaveLength(0)
    await client.close()
  })

  it('is held to its budget', async () => {
    await start({ model: 'chat/large', consent: 'always', requestsPerMinute: 3 })
    const said: string[] = []
    for (let index = 0; index < 8; index++) said.push(await callOverRest(`Number ${index}?`))
    expect(said.filter((text) => text.includes('You said'))).toHaveLength(3)
    expect(said.filter((text) => text.includes('sampling.requestsPerMinute` is 3'))).toHaveLength(5)
    expect(sim.requests).toHaveLength(3)
  })
})
