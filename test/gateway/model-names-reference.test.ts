import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explainModel } from '../../src/app/index.ts'
import { loadConfig, type GatewayConfig } from '../../src/config/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { targetsOf } from '../../src/domain/route.ts'

const PAGE = readFileSync(new URL('../../docs/reference/model-names.md', import.meta.url), 'utf8')
const DOCUMENTS = [...PAGE.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text)
const PROVIDERS = /^providers:[^]*?(?=^models:)/m.exec(DOCUMENTS[0] ?? '')?.[0] ?? ''

function load(text: string): GatewayConfig {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-names-'))
  try {
    writeFileSync(join(directory, 'trunkline.yaml'), text)
    const environment = { ANTHROPIC_API_KEY: 'k', OPENROUTER_API_KEY: 'k' }
    return loadConfig({ cwd: directory, homeDirectory: directory, environment, flags: {} }).config
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function leadsTo(config: GatewayConfig, name: string): string {
  try {
    return targetsOf(explainModel(config, name).route.root).map(({ provider, model }) => `\`${provider}/${model}\``).join(', ')
  } catch (error) {
    if (error instanceof GatewayError) return `\`${error.code}\``
    throw error
  }
}

describe('docs/reference/model-names.md', () => {
  const rows = [...PAGE.slice(0, PAGE.indexOf('## Routes')).matchAll(/^\| `([^`]+)` \| (`.+`) \|$/gm)].map(([, name = '', target = '']) => [name, target] as const)

  it('has examples', () => {
    expect(rows.length).toBeGreaterThan(8)
    expect(DOCUMENTS.length).toBe(3)
  })

  it.each(rows)('`%s` leads to %s', (name, target) => {
    expect(leadsTo(load(DOCUMENTS[0] ?? ''), name)).toBe(target)
  })

  it('shows documents that can be loaded', () => {
    expect(load(`${PROVIDERS}${DOCUMENTS[1]}`).modelRules).toMatchObject([{ pattern: 'claude-*', root: { kind: 'roles', longContextAbove: 60_000 } }])
    expect(load(DOCUMENTS[2] ?? '').modelSwitches).toEqual({ disabledRoutes: ['big'], disabledModels: { openai: ['gpt-4o'] }, favourites: ['small', 'anthropic/claude-opus-5'] })
  })
})
