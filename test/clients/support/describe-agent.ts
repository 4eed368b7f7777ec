import { beforeAll, describe, it } from 'vitest'
import { installAgent, type Installed } from './agent-package.ts'
import type { Agent } from './agent-session.ts'
import { expectRefusedCredential, expectToolTask } from './expect-tool-task.ts'
import type { ProviderName } from './provider-kinds.ts'

const CASE_MS = 240_000
const INSTALL_MS = 300_000

/** Providers, by what the agent does with them. */
export interface AgentCases {
  readonly task: readonly ProviderName[]
  /** Their stream breaks in the middle at first; for agents that try again. */
  readonly broken?: readonly ProviderName[]
  /** Their model uses tools of the gateway's beside the agent's own. */
  readonly injected?: readonly ProviderName[]
  /** They refuse the gateway's credential; for agents that stop then. */
  readonly refused?: readonly ProviderName[]
}

/** One test per provider. Where the package cannot be had they are skipped with the reason, which `npm test` takes for a failure when CI=true. */
export function describeAgent(title: string, agent: Agent, { task, broken = [], injected = [], refused = [] }: AgentCases): void {
  describe(`${title} ${agent.version}`, { timeout: CASE_MS }, () => {
    let installed: Installed = { kind: 'absent', reason: 'it has not been installed' }
    beforeAll(async () => {
      installed = await installAgent(agent)
    }, INSTALL_MS)

    it.for(task)('runs commands and concludes, with a provider that speaks %s', async (provider, { skip }) => {
      if (installed.kind === 'absent') return skip(installed.reason)
      await expectToolTask({ agent, program: installed.program, provider })
    })

    it.for(broken)('tries again when a stream breaks in the middle, with a provider that speaks %s', async (provider, { skip }) => {
      if (installed.kind === 'absent') return skip(installed.reason)
      await expectToolTask({ agent, program: installed.program, provider, breaks: true })
    })

    it.for(injected)('uses tools of the gateway beside its own, with a provider that speaks %s', async (provider, { skip }) => {
      if (installed.kind === 'absent') return skip(installed.reason)
      await expectToolTask({ agent, program: installed.program, provider, injects: true })
    })

    it.for(refused)('LT-P07 says what is wrong and stops when the gateway’s credential is refused, with a provider that speaks %s', async (provider, { skip }) => {
      if (installed.kind === 'absent') return skip(installed.reason)
      await expectRefusedCredential({ agent, program: installed.program, provider })
    })
  })
}
