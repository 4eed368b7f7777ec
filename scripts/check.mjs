// `npm run check`: everything that can be judged without running the gateway. Each check may be run alone by its name:
// `npm run check -- imports files`.
import { join } from 'node:path'
import { run } from './run.mjs'
import { ensureTools, ROOT, script, SetUpError } from './set-up.mjs'

const tool = (...parts) => join(ROOT, 'node_modules', ...parts)
const own = (name) => [join(ROOT, 'scripts', `check-${name}.mjs`)]

const CHECKS = {
  types: [tool('typescript/bin/tsc'), '-p', 'tsconfig.json'],
  lint: [tool('oxlint/bin/oxlint'), '--type-aware', '--quiet'],
  imports: own('imports'),
  files: own('files'),
  text: own('text'),
  dependencies: own('dependencies'),
  unused: [tool('knip/bin/knip.js'), '--no-progress'],
}

await script(async () => {
  const node = await ensureTools()
  const asked = process.argv.slice(2)
  const unknown = asked.find((name) => !Object.hasOwn(CHECKS, name))
  if (unknown !== undefined) throw new SetUpError(`there is no check "${unknown}"; there are ${Object.keys(CHECKS).join(', ')}`)
  const outcomes = []
  for (const [name, args] of Object.entries(CHECKS)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    process.stdout.write(`\n== ${name}\n`)
    const { code } = await run(node, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PATH: `${join(node, '..')}:${process.env.PATH}` } })
    outcomes.push({ name, isGood: code === 0 })
  }
  process.stdout.write(`\n${outcomes.map(({ name, isGood }) => `${isGood ? '✓' : '✗'} ${name}`).join('  ')}\n`)
  if (outcomes.some(({ isGood }) => !isGood)) process.exitCode = 1
})
