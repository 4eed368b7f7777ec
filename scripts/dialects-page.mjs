// `node scripts/dialects-page.mjs`: writes docs/reference/dialects.md from the reviewed snapshots of the grid. With `--print` it only
// prints. A test keeps the page equal to the snapshots.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './set-up.mjs'

const FIXTURES = join(ROOT, 'test', 'dialects', 'fixtures')
const TITLES = {
  'anthropic-messages': 'Anthropic Messages',
  'openai-chat': 'OpenAI Chat Completions',
  'openai-responses': 'OpenAI Responses',
  'google-generate-content': 'Gemini',
  'ollama-chat': 'Ollama',
}
const DIALECTS = Object.keys(TITLES)
const CLIENTS = DIALECTS.filter((dialect) => dialect !== 'ollama-chat')

const REFUSAL = /^`(?<path>[^`]+)` cannot be sent to the provider of this model: (?<reason>.*)\.$/s

/** `/messages/1/content/0` is any block of any message. */
const anyIndex = (path) => path.replaceAll(/\/\d+(?=\/|$)/g, '/*')

/** The snapshots of one pair: `suffix` tells requests from answers. */
function readPair(from, to, suffix) {
  const ending = `.to-${to}${suffix}`
  return readdirSync(join(FIXTURES, from))
    .filter((name) => name.endsWith(ending) && !(suffix === '.json' && /\.(?:whole|response)\.json$/.test(name)))
    .toSorted()
    .map((name) => {
      const { refused, losses = [] } = JSON.parse(readFileSync(join(FIXTURES, from, name), 'utf8'))
      const { path, reason = refused } = refused === undefined ? {} : (REFUSAL.exec(refused)?.groups ?? { path: /`(\/[^`]+)`/.exec(refused)?.[1] })
      return { scenario: name.slice(0, -ending.length), told: refused === undefined ? losses : [{ path: path ?? '', kind: 'refused', reason }] }
    })
}

/** One row per field, fate and reason, with the scenarios that show it. */
function collect(cases) {
  const rows = new Map()
  for (const { scenario, told } of cases) {
    for (const { path, kind, reason } of told) {
      const row = { path: anyIndex(path), kind, reason }
      const key = JSON.stringify(row)
      const scenarios = rows.get(key)?.scenarios ?? new Set()
      rows.set(key, { ...row, scenarios: scenarios.add(scenario) })
    }
  }
  const order = ['refused', 'dropped', 'approximated']
  return [...rows.values()].toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.reason < b.reason ? -1 : 1))
}

const FATES = { refused: 'refused', dropped: 'lost', approximated: 'approximated' }

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function writeTable(rows, head) {
  if (rows.length === 0) return ['Nothing is lost.', '']
  const lines = rows.map(({ path, kind, reason, scenarios }) => {
    const [first, ...more] = scenarios
    return `| \`${cell(path)}\` | ${FATES[kind]} | ${cell(reason)} | ${first}${more.length > 0 ? `, ${more.length} more` : ''} |`
  })
  return [`| ${head} | | why | seen in |`, '| --- | --- | --- | --- |', ...lines, '']
}

const isWhole = ({ told }) => told.length === 0

function writePair(from, to, cases, head) {
  const kept = [...new Set(cases.filter(isWhole).map(({ scenario }) => scenario))]
  return [`### ${TITLES[from]} → ${TITLES[to]}`, '', ...(kept.length > 0 ? [`Kept whole: ${kept.join(', ')}.`, ''] : []), ...writeTable(collect(cases), head)]
}

const count = (cases, kind) => cases.filter(({ told }) => told.some((loss) => loss.kind === kind)).length

function writeSummary(pairs, whatFrom, whatTo) {
  const rows = pairs.map(({ from, to, cases }) => `| ${TITLES[from]} | ${TITLES[to]} | ${cases.length} | ${cases.filter(isWhole).length} | ${count(cases, 'approximated')} | ${count(cases, 'dropped')} | ${count(cases, 'refused')} |`)
  return [`| ${whatFrom} | ${whatTo} | scenarios | kept whole | with approximations | with losses | refused |`, '| --- | --- | ---: | ---: | ---: | ---: | ---: |', ...rows, '']
}

const requests = CLIENTS.flatMap((from) => DIALECTS.filter((to) => to !== from).map((to) => ({ from, to, cases: readPair(from, to, '.json') })))
const answers = DIALECTS.flatMap((from) =>
  CLIENTS.filter((to) => to !== from).map((to) => ({ from, to, cases: [...readPair(from, to, '.whole.json'), ...readPair(from, to, '.response.json')] })),
)

const page = [
  '# Dialects',
  '',
  'A client that speaks its provider’s dialect reaches it byte for byte. Any other is translated, and this page says what that costs. It is',
  'written from the snapshots of the test grid by `node scripts/dialects-page.mjs`; do not edit it.',
  '',
  '- **kept whole**: nothing of the scenario is missing on the other side.',
  '- **approximated**: said in another way. **lost**: not said; it changes how well the request is done, not what is done.',
  '- **refused**: the client gets a 400 that names the field, since without it something else would be done than what was asked for.',
  '',
  'Losses of one exchange are named in the headers `x-trunkline-losses` and in its trace; a path with `*` stands for any index. A field',
  'that the gateway does not know is treated like the others here: sent where the dialect is the same, named as lost elsewhere.',
  '',
  '## Requests',
  '',
  ...writeSummary(requests, 'client', 'provider'),
  ...requests.flatMap(({ from, to, cases }) => writePair(from, to, cases, 'the client’s field')),
  '## Answers',
  '',
  'Streamed and whole answers share one mapping. Paths are pointers into the provider’s answer; of a stream, into the answer that its events',
  'add up to.',
  '',
  ...writeSummary(answers, 'provider', 'client'),
  ...answers.flatMap(({ from, to, cases }) => writePair(from, to, cases, 'the provider’s field')),
].join('\n')

if (process.argv.includes('--print')) process.stdout.write(page)
else writeFileSync(join(ROOT, 'docs', 'reference', 'dialects.md'), page)
