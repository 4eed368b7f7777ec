import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import type { LoadConfigOptions } from './loaded-config.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const provider = (members: string): LoadConfigOptions => {
  folder.write('trunkline.yaml', `providers:\n  p: { ${members} }\n`)
  return folder.options()
}
const COMPATIBLE = 'kind: openai-compatible, baseUrl: "http://127.0.0.1:1/v1"'

describe('the dialects of a provider', () => {
  it('are the operator’s word for a compatible server, in its order', () => {
    expect(loadConfig(provider(`${COMPATIBLE}, dialects: [openai-responses, openai-chat]`)).config.providers).toMatchObject([{ dialects: ['openai-responses', 'openai-chat'] }])
    expect(Object.keys(loadConfig(provider(COMPATIBLE)).config.providers[0] ?? {})).not.toContain('dialects')
  })

  it.each([`${COMPATIBLE}, dialects: []`, `${COMPATIBLE}, dialects: [anthropic-messages]`, 'kind: anthropic, dialects: [openai-chat]'])('refuses %s', (members) => {
    expect(() => loadConfig(provider(members))).toThrow('dialects')
  })
})
