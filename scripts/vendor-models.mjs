// Writes src/upstreams/llm/shared/models.json from an unpacked copy of the npm package @earendil-works/pi-ai (MIT): node scripts/vendor-models.mjs <folder>
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Our kinds of providers, by the table's names of theirs. */
const PROVIDERS = { anthropic: 'anthropic', openai: 'openai', google: 'google', openrouter: 'openrouter', groq: 'groq', mistral: 'mistral', minimax: 'minimax', zai: 'glm', deepseek: 'deepseek' }

const folder = process.argv[2]
if (!folder) throw new Error('Expected the folder of the unpacked package.')
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const data = join(folder, 'dist', 'providers', 'data')
const models = {}
for (const file of readdirSync(data).toSorted()) {
  const kind = PROVIDERS[file.replace('.json', '')]
  if (!kind) continue
  const rows = {}
  for (const group of Object.values(JSON.parse(readFileSync(join(data, file), 'utf8')))) {
    for (const { type, id, cost, contextWindow, maxTokens, reasoning, input } of Object.values(group)) {
      if (type !== 'chat') continue
      rows[id] = { price: [cost.input, cost.output, cost.cacheRead, cost.cacheWrite], context: contextWindow, output: maxTokens, ...(reasoning ? { reasons: true } : {}), ...(input?.includes('image') ? { sees: true } : {}) }
    }
  }
  models[kind] = Object.fromEntries(Object.entries(rows).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
const head = { source: `@earendil-works/pi-ai ${version}`, license: 'MIT, by Mario Zechner, https://github.com/earendil-works/pi', units: 'US dollars per million tokens: input, output, cache read, cache write', models: {} }
const lines = Object.entries(models).map(([kind, rows]) => `${JSON.stringify(kind)}: {\n${Object.entries(rows).map(([id, row]) => `${JSON.stringify(id)}: ${JSON.stringify(row)}`).join(',\n')}\n}`)
const text = JSON.stringify(head, null, 1).replace('"models": {}', `"models": {\n${lines.join(',\n')}\n}`)
JSON.parse(text)
writeFileSync(new URL('../src/upstreams/llm/shared/models.json', import.meta.url), `${text}\n`)
