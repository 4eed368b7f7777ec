import { Validator } from '@seriousme/openapi-schema-validator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCliFolder, startGateway, type CliFolder } from '../cli/run-cli.ts'
import { contractEntry } from './mcpo-process.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const document = (openapi: object, more: object = {}): string =>
  folder.write('trunkline.json', JSON.stringify({ version: 1, mcp: { listWait: 60_000 }, mcpServers: { contract: contractEntry(), mcp: contractEntry() }, openapi, ...more }))
const post = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' })

describe('openapi.mcpoProfile', () => {
  it('serves mcpo’s addresses beside all others, and warns of a server that they hide', async () => {
    const config = document({ mcpoProfile: true })
    await using gateway = await startGateway(folder, ['--config', config])
    expect(gateway.stderr()).toMatch(/warning: .*`\/mcp` is a path of the gateway/)
    expect(await (await post(`${gateway.url}/contract/json_object`)).json()).toEqual({ b: 1, a: [true, null] })
    expect(await (await post(`${gateway.url}/tools/contract/one_text`)).text()).toBe('hello')
    const notFound = await post(`${gateway.url}/nobody/nothing`)
    expect([notFound.status, await notFound.json()]).toEqual([404, { detail: 'Not Found' }])
    for (const path of ['/v1/models', '/livez', '/openapi.json', '/docs', '/contract/docs', '/contract/openapi.json']) {
      expect([path, (await fetch(`${gateway.url}${path}`)).status]).toEqual([path, 200])
    }
    for (const path of ['/openapi.json', '/contract/openapi.json', '/tools/openapi.json', '/tools/contract/openapi.json']) {
      const written = (await (await fetch(`${gateway.url}${path}`)).json()) as Record<string, unknown>
      expect([path, await new Validator().validate(written)]).toEqual([path, { valid: true }])
    }
    expect((await post(`${gateway.url}/v1/chat/completions`)).status).toBe(400)
  })

  it('answers wrong methods, slashes and preflights of its own addresses as mcpo does, and leaves all others as they are', async () => {
    const config = document({ mcpoProfile: true }, { server: { cors: { origins: ['https://page.example'] } } })
    await using gateway = await startGateway(folder, ['--config', config])
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' } }
    const facts = async (path: string, options: RequestInit): Promise<readonly unknown[]> => {
      const answer = await fetch(`${gateway.url}${path}`, { redirect: 'manual', ...options })
      return [answer.status, answer.headers.get('content-type'), answer.headers.get('allow') ?? answer.headers.get('location'), (await answer.text()).slice(0, 31)]
    }
    expect(await facts('/contract/one_text', { method: 'PUT' })).toEqual([405, 'application/json', 'POST', '{"detail":"Method Not Allowed"}'])
    expect(await facts('/contract/one_text/', { method: 'POST' })).toEqual([307, null, '/contract/one_text', ''])
    expect(await facts('/contract/one_text', preflight)).toEqual([200, 'text/plain; charset=utf-8', null, 'OK'])
    expect(await facts('/v1/models', { method: 'PUT' })).toEqual([405, 'application/problem+json; charset=utf-8', 'GET', expect.stringContaining('"type"')])
    expect(await facts('/v1/models', preflight)).toEqual([204, null, null, ''])
    expect(await facts('/v1/nothing/at/all', { method: 'POST' })).toEqual([404, 'application/problem+json; charset=utf-8', null, expect.stringContaining('"type"')])
  }, 60_000)

  it('is off by default', async () => {
    await using gateway = await startGateway(folder, ['--config', document({})])
    expect((await post(`${gateway.url}/contract/one_text`)).status).toBe(404)
    expect((await fetch(`${gateway.url}/openapi.json`)).status).toBe(404)
  })

  it('asks for a key everywhere, unless told to be as open as mcpo', async () => {
    const auth = { auth: { keys: [{ name: 'a', key: 'key-of-eight', scopes: ['tools:use'] }, { name: 'b', key: 'key-of-models', scopes: ['models:use'] }] } }
    const statuses = async (url: string): Promise<readonly number[]> =>
      [await fetch(`${url}/contract/openapi.json`), await fetch(`${url}/docs`), await post(`${url}/contract/one_text`), await post(`${url}/contract/one_text`, { authorization: 'Bearer key-of-models' }), await post(`${url}/contract/one_text`, { authorization: 'Bearer key-of-eight' })].map(({ status }) => status)
    {
      await using gateway = await startGateway(folder, ['--config', document({ mcpoProfile: true }, auth)])
      expect(await statuses(gateway.url)).toEqual([401, 401, 401, 403, 200])
    }
    await using gateway = await startGateway(folder, ['--config', document({ mcpoProfile: true, mcpo: { strictAuth: false } }, auth)])
    expect(await statuses(gateway.url)).toEqual([200, 200, 401, 403, 200])
  })
})
