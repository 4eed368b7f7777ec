import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator, type RecordedRequest } from '../../../sim/index.ts'
import { makePlace, startGatewayProcess } from '../../support/gateway-process.ts'
import type { AgentPackage } from './agent-package.ts'
import { PROVIDER_KINDS, type ProviderName } from './provider-kinds.ts'
import { runAgent, type AgentOutcome, type AgentRun } from './run-agent.ts'
import { scriptToolTask, type ShellTool } from './tool-task.ts'

/** The gateway's own key, that the agent has to bring. */
export const CLIENT_KEY = 'sk-trunkline-client-key'

const PROVIDER_KEY = 'sk-provider'

/** How an agent is told about a gateway. `prepare` may write files into its home. */
export interface Agent extends AgentPackage {
  /** As the provider sees it: other dialects than the agent's own may have it under another name and in another form. */
  shellFor(provider: ProviderName): ShellTool
  readonly model: string
  /** Models that it asks by itself. */
  readonly otherModels?: readonly string[]
  /** What it wants to hear from a model that it asks on the side. */
  readonly aside?: string
  /** Providers that have the seal of their reasoning back with the tool results. */
  readonly returnsSealTo: readonly ProviderName[]
  prepare(gateway: { readonly origin: string; readonly directory: string; readonly model: string }): Pick<AgentRun, 'args' | 'environment'>
}

export interface SessionOptions {
  readonly agent: Agent
  readonly program: string
  readonly provider: ProviderName
  /** Whether the first answer with tool calls breaks in its middle. */
  readonly breaks?: boolean
  /** Whether its model has tools of the gateway's beside the agent's own. */
  readonly injects?: boolean
  /** What the gateway shows to the provider; the right key when absent. */
  readonly providerKey?: string
}

/** What is left to look at when all has ended. */
export interface Session extends AgentOutcome {
  /** What reached the provider. */
  readonly requests: readonly RecordedRequest[]
  readonly log: readonly string[]
  /** All of it in short, for the message of a failed assertion. */
  readonly story: string
}

/** An agent that is killed may still write for a moment. */
function makeHome(): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-agent-'))
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }) }
}

/** Runs an agent once, with the gateway as a process and the simulator as its provider, which plays `scriptToolTask`. */
export async function runSession({ agent, program, provider, breaks = false, injects = false, providerKey = PROVIDER_KEY }: SessionOptions): Promise<Session> {
  await using sim = await startSimulator({ script: scriptToolTask(agent.shellFor(provider), { breaks, injects, ...(agent.aside === undefined ? {} : { aside: agent.aside }) }), models: [agent.model], apiKey: PROVIDER_KEY })
  using place = makePlace()
  using home = makeHome()
  place.write({
    version: 1,
    auth: { keys: [{ name: 'agent', key: CLIENT_KEY }] },
    providers: { sim: { ...PROVIDER_KINDS[provider].entry(sim), apiKey: providerKey } },
    ...(injects ? { mcpServers: { demo: { builtin: 'demo' } }, runs: { keys: { agent: 'demo' } } } : {}),
    models: Object.fromEntries([agent.model, ...(agent.otherModels ?? [])].map((model) => [model, `sim/${model}`])),
  })
  await using gateway = await startGatewayProcess(place)
  const { args, environment } = agent.prepare({ origin: gateway.url, directory: home.directory, model: agent.model })
  const outcome = await runAgent({ program, isScript: agent.isScript, args, environment, directory: home.directory })
  const { code, signal, stdout, stderr } = outcome
  const asked = sim.requests.map((request) => `${request.method} ${request.path}`)
  const story = [`${agent.name} ended (${code ?? signal})`, stdout, stderr, ...asked, ...gateway.log].join('\n').slice(0, 12_000)
  return { ...outcome, requests: [...sim.requests], log: [...gateway.log], story }
}
