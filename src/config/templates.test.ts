import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { McpServerDefinition } from '../domain/mcp-server.ts'
import { loadConfig } from './load-config.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

function servers(document: object, environment: Readonly<Record<string, string>> = {}): readonly McpServerDefinition[] {
  folder.write('trunkline.yaml', JSON.stringify({ version: 1, ...document }))
  return loadConfig(folder.options({ environment })).config.mcpServers
}

function issues(document: object): readonly string[] {
  folder.write('trunkline.yaml', JSON.stringify({ version: 1, ...document }))
  return issuesOf(folder.options())
}

const template = (more: object): object => ({ mcpTemplates: { repo: { command: 'serve', ...more } } })

describe('mcpTemplates', () => {
  it('follow the servers, with their texts as they are written and `${…}` replaced', () => {
    const [first, repo] = servers({ mcpServers: { one: { command: 'one' } }, ...template({ args: ['{{project.path}}'], env: { KEY: '${KEY}' } }) }, { KEY: 'k' })
    expect(first?.instances).toBeUndefined()
    expect(repo).toMatchObject({ id: 'repo', enabled: true, transport: { args: ['{{project.path}}'], env: { KEY: 'k' } }, instances: { isTemplate: true, isolation: 'shared', idleMs: 900_000 } })
  })

  it.each([
    [{}, { isolation: 'shared' }],
    [{ template: { shareable: false } }, { isolation: 'per-session' }],
    [{ template: { perClient: true } }, { isolation: 'per-session' }],
    [{ isolation: 'per-user' }, { isolation: 'per-user' }],
    [{ template: { maxInstances: 3, idleTimeoutMs: 5000 } }, { maxInstances: 3, idleMs: 5000 }],
    [{ template: { idleTimeout: '5m' }, maxInstances: 4 }, { maxInstances: 4, idleMs: 300_000 }],
  ])('%j shares as %j', (more, policy) => {
    expect(servers(template(more)).at(-1)?.instances).toMatchObject(policy)
  })

  it('are switched off alone when a variable of theirs is not set', () => {
    const [one, repo] = servers({ mcpServers: { one: { command: 'one' } }, ...template({ env: { KEY: '${UNSET}' } }) })
    expect([one?.enabled, repo?.enabled, repo?.disabledReason]).toEqual([true, false, 'The variable `UNSET` is not set.'])
  })

  it('may be addresses with values in them', () => {
    expect(servers({ mcpTemplates: { docs: { url: 'https://{{context.tenant}}.example/{{project.name}}', headers: { 'X-User': '{{principal.id}}' } } } }).at(-1)?.transport).toMatchObject({ kind: 'http', url: 'https://{{context.tenant}}.example/{{project.name}}' })
  })

  it.each([
    [{ args: ['{{#if project.path}}x{{/if}}'] }, '`{{#if project.path}}` is no value'],
    [{ args: ['{{projekt.path}}'] }, '`{{projekt.path}}` begins with none of'],
    [{ cwd: '{{project.path' }, 'do not pair up'],
    [{ tags: ['{{project.name}}'] }, 'Tags choose servers before there is a client'],
    [{ isolation: 'per-user', template: { perClient: true } }, '`isolation: per-user` contradicts `template`'],
    [{ template: { sharable: true } }, '`sharable` is not known in `mcpTemplates.repo.template`. (Did you mean `shareable`?)'],
  ])('%j is refused: %s', (more, words) => {
    expect(issues(template(more)).join('\n')).toContain(words)
  })

  it('are refused with an address that is none, and without any way to a server', () => {
    expect(issues({ mcpTemplates: { a: { url: 'ftp://{{context.h}}/' } } }).join()).toContain('http or https address')
    expect(issues({ mcpTemplates: { a: {} } }).join()).toContain('Expected a `command` to start or a `url`')
  })

  it('do not share a name with a server', () => {
    expect(issues({ mcpServers: { repo: { command: 'x' } }, ...template({}) }).join()).toContain('`repo` is a server in `mcpServers` and in `mcpTemplates`.')
  })

  it('of 1MCP go before a server of the same name, and lose what has no meaning here', () => {
    const entry = { command: 'x', args: ['{{project.path}}'], template: { shareable: false, extractionOptions: { includeOptional: true } }, restartOnExit: true }
    folder.write('mcp.json', JSON.stringify({ mcpServers: { a: { command: 'static' } }, mcpTemplates: { a: entry }, templateSettings: {} }))
    const { config, warnings } = loadConfig(folder.options({ explicitPath: 'mcp.json' }))
    expect(config.mcpServers).toMatchObject([{ id: 'a', transport: { command: 'x' }, instances: { isolation: 'per-session' } }])
    expect(warnings.map(({ message }) => message)).toEqual(expect.arrayContaining(['`a` is a server and a template; the template is used.', '`restartOnExit` of server `a` has no meaning here and is ignored.']))
  })
})

describe('isolation', () => {
  it('is a policy of a server, with limits of its own', () => {
    const [user, session, shared, builtin] = servers({
      mcpServers: {
        user: { command: 'x', isolation: 'per-user' },
        session: { command: 'x', isolation: 'per-session', maxInstances: 7, idleTimeout: '1m' },
        shared: { command: 'x', isolation: 'shared' },
        builtin: { builtin: 'demo', isolation: 'per-session' },
      },
    })
    expect(user?.instances).toMatchObject({ isolation: 'per-user', isTemplate: false, maxInstances: undefined })
    expect(session?.instances).toMatchObject({ isolation: 'per-session', maxInstances: 7, idleMs: 60_000 })
    expect([shared?.instances, builtin?.instances]).toEqual([undefined, undefined])
  })

  it('is one of three words', () => {
    expect(issues({ mcpServers: { a: { command: 'x', isolation: 'mine' } } }).join()).toContain('`shared`, `per-user`, `per-session`')
  })
})
