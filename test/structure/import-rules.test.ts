import { dirname, relative } from 'node:path/posix'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPlantedProject, type PlantedProject } from './planted.ts'

let project: PlantedProject
beforeEach(() => {
  project = createPlantedProject()
})
afterEach(() => project[Symbol.dispose]())

/** Each way in which one module can name another. */
const WAYS: Readonly<Record<string, (specifier: string) => string>> = {
  import: (to) => `import { a } from '${to}'\nexport const b = a\n`,
  'import type': (to) => `import type { A } from '${to}'\nexport type B = A\n`,
  're-export': (to) => `export { a } from '${to}'\n`,
  'type re-export': (to) => `export type { A } from '${to}'\n`,
  'star re-export': (to) => `export * from '${to}'\n`,
  'import for effect': (to) => `import '${to}'\n`,
  'dynamic import': (to) => `export const b = async () => (await import('${to}')).a\n`,
  'import type in place': (to) => `export type B = import('${to}').A\n`,
}

const specifier = (from: string, to: string): string => {
  if (!/^(src|test|web|sim)\//.test(to)) return to
  const path = relative(dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}

function plantImport(from: string, to: string, way = 'import'): { readonly status: number | null; readonly output: string } {
  const write = WAYS[way]
  if (!write) throw new Error(way)
  const target = /^(src|test|web|sim)\//.test(to) ? { [to]: 'export const a = 1\nexport type A = 1\n' } : {}
  project.plant({ ...target, [from]: write(specifier(from, to)) })
  return project.check('imports')
}

/** Rule, file, what it imports. */
const FORBIDDEN: readonly (readonly [string, string, string])[] = [
  ['cli-imports', 'src/cli/a.ts', 'src/surfaces/http/index.ts'],
  ['cli-imports', 'src/cli/a.ts', 'src/core/calls/index.ts'],
  ['cli-imports', 'src/cli/a.ts', 'src/storage/index.ts'],
  ['app-imports', 'src/app/a.ts', 'src/cli/main.ts'],
  ['surfaces-imports', 'src/surfaces/models/a.ts', 'src/upstreams/llm/index.ts'],
  ['surfaces-imports', 'src/surfaces/models/a.ts', 'src/storage/index.ts'],
  ['surfaces-imports', 'src/surfaces/models/a.ts', 'src/config/index.ts'],
  ['core-imports', 'src/core/calls/a.ts', 'src/surfaces/http/index.ts'],
  ['core-imports', 'src/core/calls/a.ts', 'src/config/index.ts'],
  ['upstreams-imports', 'src/upstreams/llm/a.ts', 'src/core/calls/index.ts'],
  ['dialects-imports', 'src/dialects/a.ts', 'src/telemetry/index.ts'],
  ['storage-imports', 'src/storage/a.ts', 'src/telemetry/index.ts'],
  ['config-imports', 'src/config/a.ts', 'src/core/identity/index.ts'],
  ['telemetry-imports', 'src/telemetry/a.ts', 'src/config/index.ts'],
  ['domain-imports', 'src/domain/a.ts', 'src/config/index.ts'],
  ['lib-imports', 'src/lib/a.ts', 'src/domain/ids.ts'],
  ['through-the-door', 'src/core/calls/a.ts', 'src/telemetry/events.ts'],
  ['through-the-door', 'src/app/a.ts', 'src/upstreams/llm/registry.ts'],
  ['through-the-door', 'src/cli/a.ts', 'src/app/gateway.ts'],
  ['neighbours-through-the-door', 'src/core/calls/a.ts', 'src/core/catalog/catalog.ts'],
  ['not-my-own-door', 'src/config/a.ts', 'src/config/index.ts'],
  ['not-my-own-door', 'src/core/calls/deep/a.ts', 'src/core/calls/index.ts'],
  ['surfaces-siblings', 'src/surfaces/models/a.ts', 'src/surfaces/openai-chat/index.ts'],
  ['dialects-siblings', 'src/dialects/openai-chat/a.ts', 'src/dialects/anthropic-messages/b.ts'],
  ['upstreams-llm-siblings', 'src/upstreams/llm/openai/a.ts', 'src/upstreams/llm/demo/b.ts'],
  ['pure-rooms', 'src/dialects/a.ts', 'node:fs'],
  ['pure-rooms', 'src/domain/a.ts', 'node:crypto'],
  ['pure-rooms', 'src/domain/a.ts', 'yaml'],
  ['pure-rooms', 'src/domain/a.ts', 'fs'],
  ['sqlite-in-storage', 'src/core/calls/a.ts', 'node:sqlite'],
  ['sqlite-in-storage', 'src/app/a.ts', 'kysely'],
  ['hono-in-surfaces', 'src/core/calls/a.ts', 'hono/tiny'],
  ['mcp-server-in-surfaces', 'src/core/calls/a.ts', '@modelcontextprotocol/server'],
  ['mcp-client-in-upstreams', 'src/upstreams/llm/a.ts', '@modelcontextprotocol/client'],
  ['web-sees-the-contract', 'web/src/a.tsx', 'src/domain/ids.ts'],
  ['tests-stay-out', 'src/lib/a.ts', 'test/support/b.ts'],
  ['tests-stay-out', 'src/lib/a.ts', 'src/lib/b.test.ts'],
  ['tests-stay-out', 'src/lib/a.ts', 'src/lib/testing/b.ts'],
]

describe('the import rules', () => {
  it.each(FORBIDDEN)('%s: %s may not import %s', (rule, from, to) => {
    const { status, output } = plantImport(from, to)
    expect(output).toMatch(new RegExp(`^${from.replaceAll('.', '\\.')}:1 ${rule}: `, 'm'))
    expect(status).toBe(1)
  })

  it.each(Object.keys(WAYS))('see an %s', (way) => {
    const { status, output } = plantImport('src/domain/a.ts', 'src/config/index.ts', way)
    expect(output).toContain('src/domain/a.ts:1 domain-imports: ')
    expect(status).toBe(1)
  })

  const ALLOWED: readonly (readonly [string, string])[] = [
    ['src/cli/a.ts', 'src/app/index.ts'],
    ['src/app/a.ts', 'src/core/calls/index.ts'],
    ['src/surfaces/models/a.ts', 'src/surfaces/http/index.ts'],
    ['src/surfaces/models/a.ts', 'src/core/exchange/index.ts'],
    ['src/core/calls/a.ts', 'src/core/catalog/index.ts'],
    ['src/core/calls/a.ts', 'src/core/calls/deep/b.ts'],
    ['src/upstreams/llm/openai/a.ts', 'src/upstreams/llm/shared/b.ts'],
    ['src/dialects/openai-chat/a.ts', 'src/dialects/sse/index.ts'],
    ['src/dialects/a.ts', 'zod'],
    ['src/config/a.test.ts', 'src/config/index.ts'],
    ['src/storage/a.ts', 'node:sqlite'],
    ['web/src/a.tsx', 'src/surfaces/admin-api/contract.ts'],
    ['test/gateway/a.test.ts', 'src/core/calls/deep/b.ts'],
  ]
  it.each(ALLOWED)('let %s import %s', (from, to) => {
    expect(plantImport(from, to)).toMatchObject({ status: 0 })
  })

  it('do not take a word in a comment or a text for an import', () => {
    project.plant({ 'src/lib/a.ts': `// import x from '../domain/ids.ts'\nexport const a = "import x from '../domain/ids.ts'"\nexport const b = \`import('../domain/ids.ts')\`\n` })
    expect(project.check('imports')).toMatchObject({ status: 0 })
  })

  it('see cycles, of types as well', () => {
    project.plant({ 'src/lib/a.ts': `import type { B } from './b.ts'\nexport type A = B\n`, 'src/lib/b.ts': `import { type C } from './c.ts'\nexport type B = C\n`, 'src/lib/c.ts': `export type C = import('./a.ts').A\n` })
    const { status, output } = project.check('imports')
    expect(output).toMatch(/no-cycles: these import each other: .*a\.ts.*b\.ts.*c\.ts/)
    expect(status).toBe(1)
  })

  it('see imports that lead nowhere, as one without its extension', () => {
    project.plant({ 'src/lib/a.ts': `export * from './b'\n`, 'src/lib/b.ts': 'export const b = 1\n' })
    expect(project.check('imports').output).toContain('src/lib/a.ts:1 resolvable: ./b leads nowhere')
  })

  it('see files that cannot be read as TypeScript', () => {
    project.plant({ 'src/lib/a.ts': 'export const = 1\n' })
    expect(project.check('imports').output).toContain('src/lib/a.ts syntax: ')
  })
})
