import { describe, expect, it } from 'vitest'
import { runFixture, runSuite, startFixtureGateway, type SuiteRun } from './run-suite.ts'

const LEGACY = '2025-11-25'
const MODERN = '2026-07-28'
const TIMEOUT_MS = 120_000

/** Unscored scenarios are listed with the others; these are the only ones that may fail. */
const UNSCORED = /^tasks-/

function expectAllPassed(run: SuiteRun, scenarios: number): void {
  expect(run.failed.filter((name) => !UNSCORED.test(name)), run.output).toEqual([])
  expect(run.exitCode, run.output).toBe(0)
  expect(run.passed.length).toBeGreaterThanOrEqual(scenarios)
}

describe('the fixture by itself', () => {
  it.each([[LEGACY, 30], [MODERN, 37]] as const)('passes the requirements of %s', async (requirements, scenarios) => {
    await using fixture = await runFixture()
    expectAllPassed(await runSuite(fixture.url, requirements), scenarios)
  }, TIMEOUT_MS)
})

describe('/mcp/{server}', () => {
  it('passes the requirements of 2025-11-25 in front of a legacy server', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    expectAllPassed(await runSuite(`${fixture.url}/mcp/conf`, LEGACY, 'expected-failures-legacy.yml'), 30)
  }, TIMEOUT_MS)

  it('passes the requirements of 2026-07-28 in front of a modern server', async () => {
    await using fixture = await startFixtureGateway({ era: 'modern' })
    expectAllPassed(await runSuite(`${fixture.url}/mcp/conf`, MODERN, 'expected-failures-modern.yml'), 37)
  }, TIMEOUT_MS)

  it.each([[LEGACY, 'legacy', 30], [MODERN, 'modern', 37]] as const)('passes the requirements of %s in front of a stdio server', async (requirements, era, scenarios) => {
    await using fixture = await startFixtureGateway({ era, transport: 'stdio' })
    expectAllPassed(await runSuite(`${fixture.url}/mcp/conf`, requirements), scenarios)
  }, TIMEOUT_MS)

  it('passes the requirements of 2025-11-25 in front of a modern server', async () => {
    await using fixture = await startFixtureGateway({ era: 'modern' })
    expectAllPassed(await runSuite(`${fixture.url}/mcp/conf`, LEGACY), 30)
  }, TIMEOUT_MS)

  it('passes the requirements of 2026-07-28 in front of a legacy server but for what a legacy server cannot know', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const run = await runSuite(`${fixture.url}/mcp/conf`, MODERN, 'expected-failures-modern-client-legacy-server.yml')
    expect(run.exitCode, run.output).toBe(0)
    expect(run.passed.length).toBeGreaterThanOrEqual(34)
  }, TIMEOUT_MS)
})

describe('/mcp', () => {
  it.each([[LEGACY, 'legacy', 30], [MODERN, 'modern', 37]] as const)('passes the requirements of %s with bare names beside another server', async (requirements, era, scenarios) => {
    await using fixture = await startFixtureGateway({ era, naming: 'bare', more: { demo: { kind: 'builtin', name: 'demo' } } })
    expectAllPassed(await runSuite(`${fixture.url}/mcp`, requirements), scenarios)
  }, TIMEOUT_MS)
})
