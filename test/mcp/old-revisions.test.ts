import { describe, expect, it } from 'vitest'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'

const LINK = { type: 'resource_link', uri: 'note://1', name: 'one', mimeType: 'text/plain' }

describe('a client of a revision before links', () => {
  it.each(['legacy', 'modern'] as const)('reads them as texts, with the address that it can read (%s server)', async (era) => {
    const upstream = createScriptedUpstream({
      id: 'notes',
      era,
      answers: {
        'tools/list': { tools: [{ name: 'find' }, { name: 'count' }] },
        'prompts/list': { prompts: [{ name: 'recall' }] },
        'resources/list': { resources: [] },
        'resources/templates/list': { resourceTemplates: [] },
        'tools/call': ({ params }) => (params?.includes('count') ? { content: [], structuredContent: { count: 1 } } : { content: [LINK] }),
        'prompts/get': { messages: [{ role: 'user', content: LINK }] },
      },
    })
    // With another server that has resources, the address of a link says whose it is.
    const other = createScriptedUpstream({ id: 'other', answers: { 'tools/list': { tools: [] }, 'resources/list': { resources: [{ uri: 'x://1', name: 'x' }] } } })
    for (const server of [upstream, other]) server.becomeReady()
    await using gateway = await startMcpGateway({ upstreams: [upstream, other] })
    const old = await connectRaw(`${gateway.url}/mcp`, {}, '2025-03-26')
    const ask = async (client: typeof old, method: string, name: string): Promise<Json> => (await client.request({ id: name, method, params: { name } })).answer['result'] as Json
    const found = await ask(old, 'tools/call', 'notes__find')
    const text = 'Resource: one\nURI: trunkline://servers/notes/note://1\nMIME type: text/plain'
    expect(found['content']).toEqual([{ type: 'text', text }])
    expect(await ask(old, 'prompts/get', 'notes__recall')).toMatchObject({ messages: [{ role: 'user', content: { type: 'text', text } }] })
    expect(await ask(old, 'tools/call', 'notes__count')).toMatchObject({ content: [{ type: 'text', text: '{"count":1}' }] })
    const newer = await connectRaw(`${gateway.url}/mcp`, {}, '2025-06-18')
    expect((await ask(newer, 'tools/call', 'notes__find'))['content']).toMatchObject([{ type: 'resource_link', name: 'one' }])
  })
})
