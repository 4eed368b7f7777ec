// `npm test`: the whole suite, or `npm test -- path` for a part of it. The last line is alone and always the same:
// `N passed, N failed, N skipped`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchForLeftovers } from './leftovers.mjs'
import { run } from './run.mjs'
import { ROOT, script, setUp } from './set-up.mjs'

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // No report: the runner itself broke, and has said so.
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [] }
  }
}

/** A file that could not be loaded has no failed test in it, and is a failure all the same. */
function countFailures({ numFailedTests, testResults }) {
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
  return numFailedTests + broken.length
}

async function runSuite(node, args) {
  const outside = mkdtempSync(join(tmpdir(), 'trunkline-suite-'))
  const temporary = mkdtempSync(join(outside, 'tmp-'))
  const mark = `TRUNKLINE_TEST_MARK=${randomUUID()}`
  const leftovers = watchForLeftovers({ mark, root: ROOT, temporary, home: homedir() })
  try {
    const reportFile = join(outside, 'report.json')
    const { code, signal } = await run(
      node,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...args],
      { cwd: ROOT, env: { ...process.env, PATH: `${join(node, '..')}:${process.env.PATH}`, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', TRUNKLINE_TEST_MARK: mark.split('=')[1] } },
    )
    return { report: readReport(reportFile), ended: signal ?? code, left: await leftovers.collect() }
  } finally {
    rmSync(outside, { recursive: true, force: true })
  }
}

await script(async () => {
  const node = await setUp()
  const { report, ended, left } = await runSuite(node, process.argv.slice(2))
  const passed = report.numPassedTests
  const skipped = report.numPendingTests + report.numTodoTests
  let failed = countFailures(report)
  if (left.length > 0) {
    failed++
    process.stdout.write(`\nThe suite left something behind:\n${left.map((item) => `  ${item}`).join('\n')}\n`)
  }
  if (failed === 0 && ended !== 0) failed++
  const isSkipRefused = process.env.CI === 'true' && skipped > 0
  if (isSkipRefused) process.stdout.write('\nSkipped tests count as failures here (CI=true).\n')
  if (passed + failed === 0) process.stdout.write('\nNo test ran.\n')
  if (failed > 0 || isSkipRefused || passed === 0) process.exitCode = 1
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
})
