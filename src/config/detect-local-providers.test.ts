import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { detectLocalProviders } from './detect-local-providers.ts'
import { loadConfig } from './load-config.ts'
import { createTestingFolder } from './testing-folder.fixture.ts'

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  if (server) await once(server, 'close')
  server = undefined
})

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('detectLocalProviders', () => {
  it('notices an Ollama', async () => {
    const ollamaUrl = await serve((request, response) => response.end(request.url === '/api/version' ? '{"version":"0.9.0"}' : ''))
    expect(await detectLocalProviders({ ollamaUrl, deadlineMs: 60_000 })).toMatchObject([{ id: 'ollama', kind: 'ollama', baseUrl: ollamaUrl, apiKey: undefined }])
  })

  it('takes others, refusals and silence for nobody', async () => {
    const other = await serve((_request, response) => response.end('<html>'))
    expect(await detectLocalProviders({ ollamaUrl: other, deadlineMs: 60_000 })).toEqual([])
    server?.removeAllListeners('request').on('request', () => {})
    expect(await detectLocalProviders({ ollamaUrl: other, deadlineMs: 50 })).toEqual([])
    expect(await detectLocalProviders({ ollamaUrl: 'http://127.0.0.1:1', deadlineMs: 60_000 })).toEqual([])
  })
})

describe('loadConfig with local providers', () => {
  it('takes them only where the document names no providers', async () => {
    const ollamaUrl = await serve((_request, response) => response.end('{"version":"1"}'))
    const found = await detectLocalProviders({ ollamaUrl, deadlineMs: 60_000 })
    using folder = createTestingFolder()
    const ids = (): readonly string[] => loadConfig(folder.options({ localProviders: found })).config.providers.map(({ id }) => id)
    expect(ids()).toEqual(['demo', 'ollama'])
    folder.write('trunkline.yaml', 'providers: { mine: { kind: demo } }')
    expect(ids()).toEqual(['mine'])
  })
})
