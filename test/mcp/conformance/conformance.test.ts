import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runFixture, runServerScenario, runSuite, startFixtureGateway, type SuiteRun } from './run-suite.ts'

const OLDER = '2025-06-18'
const LEGACY = '2025-11-25'
const MODERN = '2026-07-28'
const TIMEOUT_MS = 120_000
const BRIDGE_BASELINE = 'expected-failures-modern-client-legacy-server.yml'

/** The gateway runs a legacy server’s task for a client that knows none, where the suite wants a refusal. */
const UNSCORED_BRIDGE_FAILURE = 'tasks-required-task-error'

/** Scenarios that the suite runs, those included that it does not score: ten of them are about tasks. */
const SCENARIOS = { [OLDER]: 27, [LEGACY]: 33, [MODERN]: 50 } as const

const demo = { more: { demo: { kind: 'builtin', name: 'demo' } } } as const

function expectAllPassed(run: SuiteRun, revision: keyof typeof SCENARIOS): void {
  expect(run.failed, run.output).toEqual([])
  expect(run.exitCode, run.output).toBe(0)
  expect(run.passed.length, run.output).toBe(SCENARIOS[revision])
  if (revision === MODERN) expect(run.passed.filter((name) => name.startsWith('tasks-'))).toHaveLength(10)
}

describe('the fixture by itself', () => {
  it.each([OLDER, LEGACY, MODERN] as const)('passes every scenario of %s', async (revision) => {
    await using fixture = await runFixture()
    expectAllPassed(await runSuite(fixture.url, revision), revision)
  }, TIMEOUT_MS)
})

describe('/mcp/{server}', () => {
  it.each([
    [OLDER, 'legacy', 'http'],
    [LEGACY, 'legacy', 'http'],
    [LEGACY, 'legacy', 'stdio'],
    [LEGACY, 'modern', 'http'],
    [OLDER, 'auto', 'http'],
    [LEGACY, 'auto', 'http'],
    [MODERN, 'auto', 'http'],
    [OLDER, 'auto', 'stdio'],
    [LEGACY, 'auto', 'stdio'],
    [MODERN, 'modern', 'http'],
    [MODERN, 'modern', 'stdio'],
  ] as const)('passes every scenario of %s in front of a %s server over %s', async (revision, era, transport) => {
    await using fixture = await startFixtureGateway({ era, transport })
    expectAllPassed(await runSuite(`${fixture.url}/mcp/conf`, revision), revision)
  }, TIMEOUT_MS)

  it('passes the requirements of 2026-07-28 in front of a legacy server but for what a legacy server cannot know', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const run = await runSuite(`${fixture.url}/mcp/conf`, MODERN, BRIDGE_BASELINE)
    expect(run.exitCode, run.output).toBe(0)
    expect(run.failed.filter((name) => name.startsWith('tasks-')), run.output).toEqual([UNSCORED_BRIDGE_FAILURE])
  }, TIMEOUT_MS)

  it('expects no failure there that the legacy server does not have by itself', async () => {
    await using bare = await runFixture('--legacy')
    const { server } = parse(await readFile(new URL(BRIDGE_BASELINE, import.meta.url), 'utf8')) as { server: readonly string[] }
    const scenarios = new Set([...server.map((entry) => entry.split(':')[0] ?? entry), UNSCORED_BRIDGE_FAILURE])
    for (const scenario of scenarios) expect(await runServerScenario(bare.url, scenario, MODERN)).not.toMatchObject({ exitCode: 0 })
  }, TIMEOUT_MS)
})

describe('/mcp', () => {
  it.each([
    [OLDER, 'legacy', 'stdio'],
    [LEGACY, 'legacy', 'http'],
    [LEGACY, 'legacy', 'stdio'],
    [LEGACY, 'auto', 'http'],
    [LEGACY, 'auto', 'stdio'],
    [MODERN, 'modern', 'http'],
    [MODERN, 'modern', 'stdio'],
  ] as const)('passes every scenario of %s with bare names beside another server, in front of a %s server over %s', async (revision, era, transport) => {
    await using fixture = await startFixtureGateway({ era, transport, naming: 'bare', ...demo })
    expectAllPassed(await runSuite(`${fixture.url}/mcp`, revision), revision)
  }, TIMEOUT_MS)
})
