import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../../domain/ids.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../../../domain/mcp-server.ts'
import { renderDefinition, type RenderedDefinition } from './render-definition.ts'

const stdio = (more: Partial<Extract<McpTransportDefinition, { kind: 'stdio' }>>): McpTransportDefinition => ({ kind: 'stdio', command: 'run', args: [], env: {}, inheritEnv: [], cwd: undefined, ...more })
const http = (url: string, headers: Record<string, string> = {}): McpTransportDefinition => ({ kind: 'http', url, headers })

function render(transport: McpTransportDefinition, values: Readonly<Record<string, string>>): RenderedDefinition {
  const definition: McpServerDefinition = { id: 'repo' as McpServerId, transport, era: 'auto', enabled: true, tags: [], timeouts: { connectMs: 1, callMs: 1, listMs: 1 }, limits: { messageBytes: 1 } }
  return renderDefinition(definition, (name) => values[name])
}

function transportOf(rendered: RenderedDefinition): McpTransportDefinition | undefined {
  return rendered.kind === 'rendered' ? rendered.definition.transport : undefined
}

describe('renderDefinition', () => {
  it('puts values into every text and leaves the rest as it is', () => {
    const rendered = render(stdio({ command: '{{context.tool}}', args: ['--root={{project.path}}', '{{context.branch:-main}}'], env: { WHO: '{{user.name}}', PLAIN: '{x}' }, cwd: '{{project.path}}' }), { 'context.tool': 'git', 'project.path': '/a b', 'user.name': 'ann' })
    expect(transportOf(rendered)).toEqual(stdio({ command: 'git', args: ['--root=/a b', 'main'], env: { WHO: 'ann', PLAIN: '{x}' }, cwd: '/a b' }))
  })

  it('names every value that is missing, once', () => {
    expect(render(stdio({ args: ['{{project.path}}', '{{project.path}}', '{{user.name}}'] }), {})).toEqual({ kind: 'missing', names: ['project.path', 'user.name'] })
    expect(render(stdio({ args: ['{{project.path}}'] }), { 'project.path': '' })).toEqual({ kind: 'missing', names: ['project.path'] })
  })

  it('has the same hash for the same server, and another for any other', () => {
    const hash = (path: string): string => {
      const rendered = render(stdio({ args: ['{{project.path}}'] }), { 'project.path': path })
      return rendered.kind === 'rendered' ? rendered.hash : ''
    }
    expect(hash('/a')).toBe(hash('/a'))
    expect(hash('/a')).not.toBe(hash('/b'))
  })

  it('keeps any value a single argument, or refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (value) => {
        const rendered = render(stdio({ args: ['first', '{{context.v}}', 'last'] }), { 'context.v': value })
        if (rendered.kind !== 'rendered') return rendered.kind === 'refused'
        const { transport } = rendered.definition
        return transport.kind === 'stdio' && transport.args.length === 3 && transport.args[1] === value && !value.startsWith('-') && !/\p{Cc}/u.test(value)
      }),
    )
  })

  it('never lets a value leave its place in an address', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (value) => {
        const transport = transportOf(render(http('https://host.example/{{context.v}}/mcp?q={{context.v}}'), { 'context.v': value }))
        if (transport?.kind !== 'http') return true
        const url = new URL(transport.url)
        return url.host === 'host.example' && url.pathname.split('/').length === 3 && url.searchParams.get('q') === value && url.hash === ''
      }),
    )
  })

  it('takes dots where they are no step', () => {
    expect(transportOf(render(stdio({ args: ['{{context.v}}', '{{context.v}}config'], env: { AT: '{{context.v}}' } }), { 'context.v': '.' }))).toMatchObject({ args: ['.', '.config'], env: { AT: '.' } })
    expect(transportOf(render(http('https://host.example/v{{context.v}}/mcp?q={{context.v}}'), { 'context.v': '1.2' }))).toMatchObject({ url: 'https://host.example/v1.2/mcp?q=1.2' })
    expect(transportOf(render(stdio({ args: ['../{{context.v}}'] }), { 'context.v': 'a' }))).toMatchObject({ args: ['../a'] })
  })

  it('lets a value name a host only within what the operator wrote', () => {
    expect(transportOf(render(http('https://{{context.tenant}}.example/mcp'), { 'context.tenant': 'red' }))).toMatchObject({ url: 'https://red.example/mcp' })
    for (const tenant of ['evil.com/', 'evil.com#', 'a@evil.com', 'a:b@c', 'evil.com?']) {
      const transport = transportOf(render(http('https://{{context.tenant}}.example/mcp'), { 'context.tenant': tenant }))
      if (transport?.kind === 'http') expect(new URL(transport.url).host.endsWith('.example')).toBe(true)
    }
  })

  it.each([
    ['a header with a line break', http('https://h.example', { A: 'Bearer {{context.v}}' }), 'x\r\nB: c'],
    ['a header with characters that it cannot carry', http('https://h.example', { A: '{{context.v}}' }), 'ł'],
    ['an argument that becomes an option', stdio({ args: ['{{context.v}}'] }), '-rf'],
    ['a path that climbs', stdio({ args: ['--root=/srv/{{context.v}}'] }), '../etc'],
    ['a path that climbs, on Windows', stdio({ cwd: '/srv/{{context.v}}' }), 'a\\..\\b'],
    ['a path that climbs by two values', stdio({ args: ['--root=/srv/{{context.v}}{{context.v}}/x'] }), '.'],
    ['a path that climbs by a value beside a dot', stdio({ cwd: '/srv/{{context.v}}.' }), '.'],
    ['a part of an address that is left out', http('https://h.example/{{context.v}}/mcp'), '.'],
    ['an address that climbs by two values', http('https://h.example/a/{{context.v}}{{context.v}}'), '.'],
    ['a folder that is not absolute', stdio({ cwd: '{{context.v}}' }), 'srv'],
    ['a variable with a NUL', stdio({ env: { A: '{{context.v}}' } }), 'a\0b'],
    ['a value that is too long', stdio({ args: ['{{context.v}}'] }), 'x'.repeat(5000)],
  ])('refuses %s', (_what, transport, value) => {
    expect(render(transport, { 'context.v': value }).kind).toBe('refused')
  })

  it('reads a value once: what it holds is never a template', () => {
    expect(transportOf(render(stdio({ args: ['{{context.v}}'] }), { 'context.v': '{{user.name}}', 'user.name': 'ann' }))).toMatchObject({ args: ['{{user.name}}'] })
  })
})
