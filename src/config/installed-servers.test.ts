import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import type { LoadedConfig } from './loaded-config.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const ORIGIN = { installedAt: '2026-11-21T00:00:00.000Z' }
const MANAGE = 'version: 1\nmcpServers: { manage: { builtin: manage, manage: { categories: [installation], variables: [OPEN, "MY_*"] } } }\n'
const ENVIRONMENT = { OPEN: 'open-value', MY_KEY: 'my-value', CLOSED: 'canary' }

function load(document: string | undefined, servers: object): LoadedConfig {
  if (document !== undefined) folder.write('trunkline.yaml', document)
  return loadConfig(folder.options({ environment: ENVIRONMENT, overlayValues: { mcpServers: servers } as never }))
}

const transportOf = ({ config }: LoadedConfig, id: string): unknown => config.mcpServers.find((server) => server.id === id)?.transport
const reasonOf = ({ config }: LoadedConfig, id: string): unknown => config.mcpServers.find((server) => server.id === id)?.disabledReason

describe('servers of the overlay', () => {
  it('exist when they were installed, with and without a document', () => {
    const far = { url: 'https://example.com/mcp', origin: ORIGIN }
    expect(transportOf(load(undefined, { far }), 'far')).toMatchObject({ kind: 'http', url: 'https://example.com/mcp' })
    const loaded = load(MANAGE, { far, gone: { enabled: false } })
    expect(loaded.config.mcpServers.map(({ id }) => id)).toEqual(['manage', 'far'])
    expect(loaded.warnings.map(({ message }) => message)).toEqual(['The switch for `mcpServers.gone` has no effect, because the document has no such entry.'])
  })

  it('have no effect when the document has one of the same name, in no part', () => {
    const loaded = load(`${MANAGE.trimEnd().slice(0, -2)}, far: { command: mine } }\n`, { far: { url: 'https://example.com/mcp', origin: ORIGIN } })
    expect(transportOf(loaded, 'far')).toMatchObject({ kind: 'stdio', command: 'mine' })
    expect(loaded.warnings.map(({ message }) => message)).toEqual(['`mcpServers.far` is in the document now; what was installed under this name has no effect.'])
  })

  it('get the variables that the document allows, and are shown as they were written', () => {
    const loaded = load(MANAGE, { far: { url: 'https://example.com/${OPEN}', headers: { Authorization: 'Bearer ${MY_KEY}', 'X-Plain': '$OPEN $$' }, instructions: '${OPEN}', origin: ORIGIN } })
    expect(transportOf(loaded, 'far')).toMatchObject({ url: 'https://example.com/open-value', headers: { Authorization: 'Bearer my-value', 'X-Plain': '$OPEN $$' } })
    expect(loaded.config.serverSettings.find(({ server }) => server === 'far')?.instructions).toBe('${OPEN}')
    expect(loaded.writtenServers['far']).toMatchObject({ url: 'https://example.com/${OPEN}', headers: { Authorization: 'Bearer ${MY_KEY}' } })
  })

  it.each<readonly [string, RegExp]>([
    ['${CLOSED}', /`CLOSED` may not be used by an installed server/],
    ['${MY_NONE}', /`MY_NONE` is not set/],
    ['${file:/etc/passwd}', /no form that is known here/],
    ['${OPEN:-${CLOSED}}', /no form that is known here/],
  ])('are disabled, and not started with a gap, for %s', (text, says) => {
    const loaded = load(MANAGE, { far: { command: 'x', args: [text], env: { A: text }, origin: ORIGIN } })
    expect(reasonOf(loaded, 'far')).toMatch(says)
    expect(JSON.stringify(transportOf(loaded, 'far'))).not.toContain('canary')
  })

  it('get no variable without the word of the document', () => {
    expect(reasonOf(load('version: 1\nmcpServers: {}\n', { far: { command: 'x', env: { A: '${OPEN}' }, origin: ORIGIN } }), 'far')).toMatch(/may not be used/)
    const self = { builtin: 'manage', manage: { categories: ['safe'], variables: ['CLOSED'] }, origin: ORIGIN }
    expect(reasonOf(load(MANAGE, { self, far: { command: 'x', env: { A: '${CLOSED}' }, origin: ORIGIN } }), 'far')).toMatch(/may not be used/)
  })
})

describe('the settings of `builtin: manage`', () => {
  it.each([
    ['version: 1\nmcpServers: { a: { builtin: manage } }', /Expected `manage` with `categories`/],
    ['version: 1\nmcpServers: { a: { builtin: demo, manage: { chat: true } } }', /`manage` belongs to `builtin: manage`/],
    ['version: 1\nmcpServers: { a: { builtin: manage, manage: { categories: [everything] } } }', /one of `discovery`, `installation`, `management`, `safe`/],
    ['version: 1\nmcpServers: { a: { builtin: manage, manage: { chat: true, variables: ["*"] } } }', /the name of a variable/],
  ])('refuse %s', (document, says) => {
    folder.write('trunkline.yaml', document)
    expect(issuesOf(folder.options()).join('\n')).toMatch(says)
  })
})
