import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createProviderSimulator } from '../../sim/index.ts'
import { makePlace, startGatewayProcess } from '../support/gateway-process.ts'

describe('Task', () => {
  it('is a run of its own, with the tools that its model’s name says', async () => {
    await using stack = new AsyncDisposableStack()
    const sim = await createProviderSimulator()
    stack.defer(() => sim.close())
    const place = stack.use(makePlace())
    const root = join(place.directory, 'project')
    mkdirSync(root)
    writeFileSync(join(root, 'note.txt'), 'The answer is 42.\n')
    place.write({
      version: 1,
      providers: { chat: { kind: 'openai-compatible', baseUrl: sim.url } },
      mcpServers: { ws: { builtin: 'workspace', workspace: { roots: [root], task: { model: 'chat/some+tools:ws', maxHops: 3 } } } },
    })
    const gateway = stack.use(await startGatewayProcess(place))
    await expect.poll(async () => (await fetch(`${gateway.url}/healthz`)).text()).toContain('"state":"ready"')
    sim.script({ tools: [{ name: 'ws__Read', arguments: JSON.stringify({ file_path: join(root, 'note.txt') }) }] }, { text: 'It says 42.' })
    const response = await fetch(`${gateway.url}/tools/ws/Task`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ description: 'Look', prompt: 'What does the note say?', subagent_type: 'general-purpose' }) })
    expect(await response.text()).toContain('It says 42.')
    expect(sim.requests[1]?.body.toString()).toContain('The answer is 42.')
  })
})
