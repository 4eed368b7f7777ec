import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { toJsonText } from '../../src/lib/json-text.ts'
import { silentLogger, type Logger } from '../../src/telemetry/index.ts'
import { startMcpGateway } from '../support/mcp-gateway.ts'
import { createScriptedUpstream, paramsOf, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const BIG = 'y'.repeat(8 * 1024 * 1024)

/** Answers `big` with megabytes, and `small` after one step of progress. */
function scripted(): ScriptedUpstream {
  const tools = ['big', 'small'].map((name) => ({ name, inputSchema: { type: 'object' } }))
  const upstream = createScriptedUpstream({
    answers: {
      'tools/list': { tools },
      'tools/call': (call) => {
        const isBig = paramsOf(call)['name'] === 'big'
        if (!isBig) call.onProgress?.(toJsonText({ progressToken: 'theirs', progress: 1 }))
        return { content: [{ type: 'text', text: isBig ? BIG : 'small' }] }
      },
    },
  })
  upstream.start = () => upstream.becomeReady()
  return upstream
}

/** A client that reads as far as its session is open, and then only what it is told to. */
async function openReader(url: string): Promise<{ readonly socket: Socket; readonly text: () => string; post(message: object): Promise<number> }> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.write(`GET /sse/one HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  await until(() => text.includes('sessionId='), 'the stream tells where to post')
  const address = /data: (\S+)/.exec(text)?.[1] ?? ''
  const post = async (message: object): Promise<number> => {
    const response = await fetch(`${url}${address}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) })
    await response.text()
    return response.status
  }
  await post({ id: 'init', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } })
  await until(() => text.includes('"init"'), 'it is initialized')
  socket.pause()
  return { socket, text: () => text, post }
}

const call = (id: string, name: string): object => ({ id, method: 'tools/call', params: { name, arguments: {}, _meta: { progressToken: id } } })

describe('a client of HTTP+SSE that does not read', () => {
  it('is spared progress while much waits for it, and gets every answer when it reads', async () => {
    await using gateway = await startMcpGateway({ upstreams: [scripted()] })
    const reader = await openReader(gateway.url)
    expect(await reader.post(call('before', 'small'))).toBe(202)
    for (const id of ['b1', 'b2', 'b3']) expect(await reader.post(call(id, 'big'))).toBe(202)
    expect(await reader.post(call('after', 'small'))).toBe(202)
    reader.socket.resume()
    await until(() => reader.text().includes('"id":"after"'), 'the last answer is there')
    for (const id of ['before', 'b1', 'b2', 'b3']) expect(reader.text()).toContain(`"id":"${id}"`)
    expect(reader.text()).toContain('"progressToken":"before"')
    expect(reader.text()).not.toContain('"progressToken":"after"')
    reader.socket.destroy()
  })

  it('is cut off, and its session ended, before it costs more memory than that', async () => {
    const warnings: string[] = []
    const logger: Logger = { ...silentLogger, child: () => logger, warn: (_facts, message) => void warnings.push(message) }
    await using gateway = await startMcpGateway({ upstreams: [scripted()], logger })
    const reader = await openReader(gateway.url)
    expect(gateway.sessions.size).toBe(1)
    let statuses: readonly number[] = []
    for (let index = 0; index < 30 && gateway.sessions.size > 0; index++) statuses = [...statuses, await reader.post(call(`b${index}`, 'big'))]
    expect(gateway.sessions.size).toBe(0)
    // Eight of eight megabytes are allowed, and what the system holds in its own buffers.
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(8)
    expect(statuses.filter((status) => status === 202).length).toBeLessThan(20)
    expect(warnings).toContainEqual(expect.stringContaining('does not read its event stream'))
    expect(await reader.post(call('late', 'small'))).toBe(404)
    reader.socket.destroy()
  })
})
