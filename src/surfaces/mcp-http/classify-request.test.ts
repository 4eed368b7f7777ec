import { describe, expect, it } from 'vitest'
import { readMessages } from '../../core/mcp-endpoint/index.ts'
import { classifyRequest, type McpHeaders } from './classify-request.ts'

const MODERN = '2026-07-28'
const PREFIX = 'io.modelcontextprotocol/'
const envelope = (version: unknown = MODERN, capabilities: unknown = {}): object => ({ _meta: { [`${PREFIX}protocolVersion`]: version, [`${PREFIX}clientCapabilities`]: capabilities } })
const onlyVersion = { _meta: { [`${PREFIX}protocolVersion`]: MODERN } }
const onlyCapabilities = { _meta: { [`${PREFIX}clientCapabilities`]: {} } }

function classify(message: unknown, headers: Partial<McpHeaders> = {}): string {
  const read = readMessages(JSON.stringify(message))
  const classified = classifyRequest(read, { protocolVersion: undefined, method: undefined, name: undefined, ...headers })
  return classified.kind === 'refused' ? `refused ${classified.error.code}` : classified.kind
}

const request = (method: string, params?: object): object => ({ jsonrpc: '2.0', id: 1, method, ...(params ? { params } : {}) })
const modern = (method: string, more: Partial<McpHeaders> = {}): Partial<McpHeaders> => ({ protocolVersion: MODERN, method, ...more })
const call = (name: string): object => request('tools/call', { name, ...envelope() })

describe('classifyRequest', () => {
  it.each<[string, unknown, Partial<McpHeaders>, string]>([
    ['initialize', request('initialize'), {}, 'legacy'],
    ['initialize that asks for a modern version', request('initialize', { protocolVersion: MODERN }), {}, 'legacy'],
    ['initialize with a legacy header', request('initialize'), { protocolVersion: '2025-11-25' }, 'legacy'],
    ['initialize with a modern header', request('initialize'), { protocolVersion: MODERN }, 'refused -32020'],
    ['initialize with an envelope', request('initialize', envelope()), modern('initialize'), 'modern'],
    ['a request without envelope or header', request('tools/list'), {}, 'legacy'],
    ['a request without envelope, legacy header', request('tools/list'), { protocolVersion: '2025-06-18' }, 'legacy'],
    ['a request without envelope, unknown header', request('tools/list'), { protocolVersion: '2099-01-01' }, 'legacy'],
    ['a request without envelope, modern header', request('tools/list'), modern('tools/list'), 'refused -32602'],
    ['a request with an envelope', request('tools/list', envelope()), modern('tools/list'), 'modern'],
    ['an envelope without capabilities', request('tools/list', onlyVersion), modern('tools/list'), 'refused -32602'],
    ['an envelope with capabilities that are no object', request('tools/list', envelope(MODERN, 'x')), modern('tools/list'), 'refused -32602'],
    ['an envelope with a version that is no string', request('tools/list', envelope(7)), modern('tools/list'), 'refused -32602'],
    ['capabilities alone', request('tools/list', onlyCapabilities), {}, 'legacy'],
    ['capabilities alone with a modern header', request('tools/list', onlyCapabilities), modern('tools/list'), 'refused -32602'],
    ['an envelope without a version header', request('tools/list', envelope()), { method: 'tools/list' }, 'refused -32020'],
    ['an envelope with another version header', request('tools/list', envelope()), { protocolVersion: '2025-11-25', method: 'tools/list' }, 'refused -32020'],
    ['an envelope without Mcp-Method', request('tools/list', envelope()), { protocolVersion: MODERN }, 'refused -32020'],
    ['an envelope with another Mcp-Method', request('tools/list', envelope()), modern('tools/call'), 'refused -32020'],
    ['Mcp-Method in another case', request('tools/list', envelope()), modern('Tools/List'), 'refused -32020'],
    ['a legacy version in an envelope', request('tools/list', envelope('2025-11-25')), { protocolVersion: '2025-11-25', method: 'tools/list' }, 'refused -32022'],
    ['an ancient version', request('tools/list', envelope('1900-01-01')), { protocolVersion: '1900-01-01', method: 'tools/list' }, 'refused -32022'],
    ['a future version', request('tools/list', envelope('2099-01-01')), { protocolVersion: '2099-01-01' }, 'refused -32022'],
    ['a call with its name', call('t'), modern('tools/call', { name: 't' }), 'modern'],
    ['a call without Mcp-Name', call('t'), modern('tools/call'), 'refused -32020'],
    ['a call with another Mcp-Name', call('t'), modern('tools/call', { name: 'u' }), 'refused -32020'],
    ['a call whose name is encoded', call('é'), modern('tools/call', { name: '=?base64?w6k=?=' }), 'modern'],
    ['a call with a badly encoded name', call('é'), modern('tools/call', { name: '=?base64?w6k?=' }), 'refused -32020'],
    ['a read with its URI', request('resources/read', { uri: 'x://%20', ...envelope() }), modern('resources/read', { name: 'x://%20' }), 'modern'],
    ['Mcp-Name on a method without a name', request('tools/list', envelope()), modern('tools/list', { name: 'anything' }), 'modern'],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, {}, 'legacy'],
    ['a notification with a modern header', { jsonrpc: '2.0', method: 'notifications/cancelled' }, { protocolVersion: MODERN }, 'modern-notification'],
    ['an answer', { jsonrpc: '2.0', id: 1, result: {} }, {}, 'legacy'],
    ['an answer with a modern header', { jsonrpc: '2.0', id: 1, result: {} }, { protocolVersion: MODERN }, 'legacy'],
    ['a batch', [request('ping'), request('tools/list')], {}, 'legacy'],
    ['a batch with a modern request', [request('ping'), request('tools/list', envelope())], {}, 'refused -32600'],
    ['server/discover without envelope', request('server/discover'), {}, 'legacy'],
    ['other _meta', request('tools/list', { _meta: { progressToken: 1 } }), {}, 'legacy'],
  ])('%s', (_what, message, headers, expected) => {
    expect(classify(message, headers)).toBe(expected)
  })

  it('says what it serves to a client of an unknown version', () => {
    const read = readMessages(JSON.stringify(request('tools/list', envelope('2099-01-01'))))
    const classified = classifyRequest(read, { protocolVersion: '2099-01-01', method: 'tools/list', name: undefined })
    expect(classified).toMatchObject({ kind: 'refused', id: 1, error: { data: '{"supported":["2026-07-28"],"requested":"2099-01-01"}' } })
  })
})
