import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { environmentProviders } from '../../src/config/environment-providers.ts'
import { defineProvider } from '../../src/config/define-provider.ts'
import { providerEntrySchema } from '../../src/config/provider-entry-schema.ts'
import { PROVIDER_KINDS } from '../../src/domain/provider.ts'

const page = readFileSync(new URL('../../docs/reference/providers.md', import.meta.url), 'utf8')
const schema = JSON.parse(readFileSync(new URL('../../schema/trunkline.schema.json', import.meta.url), 'utf8')) as { properties: { providers: { additionalProperties: { properties: { quirks: { properties: Record<string, unknown> } } } } } }

describe('docs/reference/providers.md', () => {
  it.each(PROVIDER_KINDS)('has a row for %s with its address', (kind) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\``)) ?? ''
    expect(row).not.toBe('')
    const { baseUrl } = defineProvider('p', providerEntrySchema.parse({ kind, ...(kind.endsWith('-compatible') ? { baseUrl: 'http://x' } : {}) }))
    if (!kind.endsWith('-compatible') && baseUrl !== '') expect(row).toContain(`\`${baseUrl}\``)
    for (const [, variable = ''] of row.matchAll(/`([A-Z_]+_KEY)`/g)) expect(environmentProviders({ [variable]: 'k' })).toMatchObject([{ kind }])
  })

  it('has a row for every quirk of the schema, and no other', () => {
    const quirks = page.slice(page.indexOf('## Quirks'), page.indexOf('## Prices')).matchAll(/^\| `(\w+)`/gm)
    expect([...quirks].map(([, name = '']) => name).toSorted((a, b) => a.localeCompare(b))).toEqual(Object.keys(schema.properties.providers.additionalProperties.properties.quirks.properties).toSorted((a, b) => a.localeCompare(b)))
  })
})
