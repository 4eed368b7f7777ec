import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

describe('docs/reference/dialects.md', () => {
  const page = readFileSync(new URL('../../docs/reference/dialects.md', import.meta.url), 'utf8')

  it('says what the snapshots of the grid say: `node scripts/dialects-page.mjs` writes it', () => {
    const script = fileURLToPath(new URL('../../scripts/dialects-page.mjs', import.meta.url))
    expect(page).toBe(execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8', maxBuffer: 10_000_000 }))
  })

  it('has every pair of dialects, both ways, and what each keeps', () => {
    const titles = [...page.matchAll(/^### (.+) → (.+)$/gm)]
    expect(titles.length).toBe(32)
    expect(page).toMatch(/\| `\/n` \| refused \| the provider gives one answer per request \|/)
  })
})
