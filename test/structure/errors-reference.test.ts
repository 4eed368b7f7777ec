import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/domain/errors.ts'

describe('docs/reference/errors.md', () => {
  it('lists the catalogue of errors, both ways', () => {
    const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (yes|no) \|/gm)].map(([, code, status, retry]) => [code, Number(status), retry === 'yes'])
    const catalogue = Object.entries(ERROR_CODES).map(([code, { status, retryable }]) => [code, status, retryable])
    expect(rows).toEqual(catalogue)
  })
})
