import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { makePlace, startGatewayProcess } from '../support/gateway-process.ts'
import { textOf, toolNames, type NotebookFacts } from '../support/instance-client.ts'
import { postMessage, type Json } from '../support/mcp-raw-client.ts'
import { isAlive } from '../support/process-children.ts'

/** `TRUNKLINE_KILLS` asks for more. */
const KILLS = Math.min(Number(process.env['TRUNKLINE_KILLS'] ?? 4), 40)
const NAMES = ['north', 'south', 'east'] as const

const notebook = { command: process.execPath, args: [testServerPath('notebook'), '{{project.name}}', '{{transport.client.name}}'] }

/** A session that gives its context once, as it is opened, and never initializes again. */
class Traveller {
  readonly name: string
  readonly #session: Record<string, string>
  #id = 0

  private constructor(name: string, sessionId: string) {
    this.name = name
    this.#session = { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }
  }

  static async open(name: string, url: string): Promise<Traveller> {
    const _meta = { 'trunkline/context': { project: { name } } }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: `client-${name}`, version: '1' }, _meta }
    const opened = await postMessage(`${url}/mcp/own`, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
    return new Traveller(name, opened.headers.get('mcp-session-id') ?? '')
  }

  async #ask(url: string, method: string, params: Json): Promise<Json> {
    const { status, answer } = await postMessage(`${url}/mcp/own`, { jsonrpc: '2.0', id: ++this.#id, method, params }, this.#session)
    if (status !== 200) throw new Error(`${this.name}: ${method} was refused with ${status}`)
    return answer
  }

  async facts(url: string): Promise<NotebookFacts> {
    return JSON.parse(textOf(await this.#ask(url, 'tools/call', { name: 'facts', arguments: {} }))) as NotebookFacts
  }

  async tools(url: string): Promise<readonly string[]> {
    return toolNames(await this.#ask(url, 'tools/list', {}))
  }

  async write(url: string, text: string): Promise<string> {
    return textOf(await this.#ask(url, 'tools/call', { name: 'write', arguments: { text } }))
  }
}

describe('sessions with template servers when the gateway is killed', () => {
  it(`go on with their ids, and their next call finds an instance of their own context again, ${KILLS} times`, async () => {
    using place = makePlace()
    place.write({ version: 1, mcpTemplates: { own: { ...notebook, template: { shareable: false } } } })
    let gateway = await startGatewayProcess(place)
    try {
      const travellers = await Promise.all(NAMES.map((name) => Traveller.open(name, gateway.url)))
      // Sessions are written down within 200 ms.
      await sleep(500)
      const seen = new Set<number>()
      for (let round = 0; round <= KILLS; round++) {
        const { url } = gateway
        const all = await Promise.all(travellers.map((traveller) => traveller.facts(url)))
        expect(all.map(({ args }) => args)).toEqual(NAMES.map((name) => [name, `client-${name}`]))
        for (const { pid } of all) seen.add(pid)
        // Each writes into its own, which has nothing of a former life and nothing of the others.
        expect(await Promise.all(travellers.map((traveller) => traveller.write(url, traveller.name)))).toEqual(NAMES.map(() => '1'))
        await expect.poll(() => travellers[0]?.tools(url)).toEqual(['facts', 'write', 'read', 'note_north'])
        gateway.child.kill('SIGKILL')
        await gateway.exited
        await expect.poll(() => [...seen].filter(isAlive), { timeout: 15_000 }).toEqual([])
        gateway = await startGatewayProcess(place)
      }
      expect(seen.size).toBe(NAMES.length * (KILLS + 1))
    } finally {
      await gateway[Symbol.asyncDispose]()
    }
  }, 60_000 + KILLS * 10_000)
})
