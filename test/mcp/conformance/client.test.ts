import { describe, expect, it } from 'vitest'
import { runClientScenario } from './run-suite.ts'

/**
 * The suite's servers behind a gateway. Its `auth/` scenarios are not here: the gateway does not run OAuth flows with
 * upstreams yet.
 */
const SCENARIOS = [
  ['2025-06-18', 'initialize'],
  ['2025-06-18', 'tools_call'],
  ['2025-11-25', 'initialize'],
  ['2025-11-25', 'tools_call'],
  ['2025-11-25', 'elicitation-sep1034-client-defaults'],
  ['2025-11-25', 'sse-retry'],
  ['2025-11-25', 'json-schema-2020-12-preservation'],
  ['2026-07-28', 'tools_call'],
  ['2026-07-28', 'request-metadata'],
  ['2026-07-28', 'sep-2322-client-request-state'],
  ['2026-07-28', 'http-standard-headers'],
  ['2026-07-28', 'http-custom-headers'],
  ['2026-07-28', 'http-invalid-tool-headers'],
  ['2026-07-28', 'json-schema-ref-no-deref'],
  ['2026-07-28', 'json-schema-2020-12-preservation'],
] as const

describe('the upstream side', () => {
  it.each(SCENARIOS)('passes the client scenario of %s: %s', async (version, scenario) => {
    const run = await runClientScenario(scenario, version)
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toMatch(/Passed: (\d+)\/\1, 0 failed, 0 warnings/)
  })
})
