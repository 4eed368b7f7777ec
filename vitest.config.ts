import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest, longest first: started last, one of them would leave the other worker idle for minutes. */
const SLOW = [
  'test/mcp/cross-talk.test.ts',
  'test/mcp/conformance/conformance.test.ts',
  'test/clients/opencode.test.ts',
  'test/mcp/era-matrix/era-matrix.test.ts',
  'test/mcp/conformance/client.test.ts',
  'test/cli/serve.test.ts',
  'test/cli/presets.test.ts',
  'test/mcp/supervision.test.ts',
  'test/mcp/sessions-restart.test.ts',
  'test/gateway/keep-alive.test.ts',
  'test/clients/gemini-cli.test.ts',
  'test/sdk/abort.test.ts',
  'test/clients/claude-code.test.ts',
  'test/mcp/stdio-upstream.test.ts',
  'test/builtins/manage-install.test.ts',
  'test/mcp/call-limits.test.ts',
  'test/mcpo/command.test.ts',
  'test/gateway/runs-restart.test.ts',
]

function place({ moduleId }: TestSpecification): number {
  const found = SLOW.findIndex((path) => moduleId.endsWith(path))
  return found < 0 ? SLOW.length : found
}

/** The order of vitest's own, after the slow ones. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'sim/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/seed-properties.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // No test is about these: they are for a test that hangs. A machine with noisy neighbours is ten times slower and stalls for seconds.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: SlowFirst },
  },
})
