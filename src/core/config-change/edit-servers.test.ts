import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.ts'
import { editChat, editServers } from './edit-servers.ts'

const KNOWN = [{ id: 'written', section: 'mcpServers' }, { id: 'template', section: 'mcpTemplates' }, { id: 'mine', section: 'mcpServers' }]
const entry: JsonObject = { url: 'https://example.com', origin: { installedAt: 'now' } }

describe('editServers', () => {
  it('installs what is not there, and nothing of an earlier server of that name stays', () => {
    expect(editServers({ mcpServers: { far: { enabled: false }, written: { enabled: false } } }, { kind: 'install', server: 'far', entry }, KNOWN)).toEqual({ mcpServers: { written: { enabled: false }, far: entry } })
    expect(() => editServers({}, { kind: 'install', server: 'written', entry }, KNOWN)).toThrow('There is an MCP server `written` already.')
  })

  it('replaces and takes away only what was installed', () => {
    const overlay: JsonObject = { mcpServers: { mine: { command: 'old', tags: ['x'], origin: { installedAt: 'then' } }, written: { enabled: false } } }
    expect(editServers(overlay, { kind: 'reinstall', server: 'mine', entry }, KNOWN)).toEqual({ mcpServers: { mine: entry, written: { enabled: false } } })
    expect(editServers(overlay, { kind: 'reinstall', server: 'mine', entry: undefined }, KNOWN)).toEqual({ mcpServers: { written: { enabled: false } } })
    expect(() => editServers(overlay, { kind: 'reinstall', server: 'written', entry: undefined }, KNOWN)).toThrow('not installed at run time')
    expect(() => editServers({}, { kind: 'reinstall', server: 'constructor', entry }, KNOWN)).toThrow('not installed at run time')
  })

  it('joins maps, replaces lists, and takes back with null', () => {
    const overlay: JsonObject = { mcpServers: { mine: { ...entry, env: { A: '1', B: '2' }, tags: ['x'], timeouts: { call: 5 } } } }
    const change: JsonObject = { env: { A: '3', B: null }, tags: null, timeouts: { connect: 7 }, args: ['a'] }
    expect(editServers(overlay, { kind: 'edit-server', server: 'mine', change }, KNOWN)).toEqual({ mcpServers: { mine: { ...entry, env: { A: '3' }, timeouts: { call: 5, connect: 7 }, args: ['a'] } } })
    expect(editServers({}, { kind: 'edit-server', server: 'template', change: { tags: ['x'] } }, KNOWN)).toEqual({ mcpTemplates: { template: { tags: ['x'] } } })
  })
})

describe('editChat', () => {
  it('sets and takes back single settings, and all of them at once', () => {
    const changed = editChat({ favourites: ['a'] }, { model: 'm', parameters: { temperature: 0, seed: 7 } })
    expect(changed).toEqual({ favourites: ['a'], chat: { model: 'm', parameters: { temperature: 0, seed: 7 } } })
    expect(editChat(changed, { model: null, parameters: { seed: null } })).toEqual({ favourites: ['a'], chat: { parameters: { temperature: 0 } } })
    expect(editChat(changed, undefined)).toEqual({ favourites: ['a'] })
    expect(editChat({ chat: { storage: 'memory', model: 'm' } }, undefined)).toEqual({ chat: { storage: 'memory' } })
  })
})
