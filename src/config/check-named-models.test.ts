import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

function warningsOf(model: string, more: object = {}): readonly string[] {
  const providers = { local: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' } }
  folder.write('trunkline.json', JSON.stringify({ version: 1, providers, models: { smart: 'local/qwen', 'claude-*': 'smart' }, chat: { model }, ...more }, undefined, 1))
  return loadConfig(folder.options()).warnings.map(({ message, hint, line }) => `${line}: ${message} ${hint ?? ''}`)
}

describe('checkNamedModels', () => {
  it.each(['smart', 'smart+tools:coding', 'local/anything', 'claude-opus-5', 'a-name-that-a-provider-may-list'])('accepts %s', (model) => {
    expect(warningsOf(model)).toEqual([])
  })

  it.each([
    ['smrat', 'Did you mean `smart`?'],
    ['locl/qwen', 'Did you mean `local/qwen`?'],
    ['nowhere-near/qwen', 'Name an upstream model as `provider/model`, or a member of `models`.'],
  ])('warns of %s, with what was probably meant', (model, hint) => {
    expect(warningsOf(model)).toEqual([expect.stringMatching(/^\d+: /)])
    expect(warningsOf(model)[0]).toContain(`\`chat.model\` names \`${model}\`, which leads to no model. ${hint}`)
  })

  it('warns of a model for the search of tools, too', () => {
    expect(warningsOf('smart', { mcp: { search: { embedding: 'locl/minilm' } } })).toEqual([expect.stringContaining('`mcp.search.embedding` names `locl/minilm`, which leads to no model. Did you mean `local/minilm`?')])
    expect(warningsOf('smart', { mcp: { search: { embedding: 'local/minilm' } } })).toEqual([])
  })

  it('lets OpenRouter have the names of other vendors', () => {
    expect(warningsOf('vendor/model', { providers: { openrouter: { kind: 'openrouter', apiKey: 'k' } }, models: {} })).toEqual([])
  })
})
