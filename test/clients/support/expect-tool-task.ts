import { expect } from 'vitest'
import { runSession, type SessionOptions } from './agent-session.ts'
import { PROVIDER_KINDS } from './provider-kinds.ts'
import { FINAL_TEXT, hasInjectedResults, hasToolResult, SEAL } from './tool-task.ts'

/**
 * The agent runs two commands because the model says so, gives back what they printed and what the model reasoned, and
 * ends with what the model says then. Every request reaches the provider in the provider's dialect.
 */
export async function expectToolTask(options: SessionOptions): Promise<void> {
  const { agent, provider, breaks = false, injects = false } = options
  const { path } = PROVIDER_KINDS[provider]
  const { code, stdout, requests, log, story } = await runSession(options)
  const asked = requests.filter(({ method }) => method === 'POST')
  expect(code, story).toBe(0)
  expect(stdout, story).toContain(FINAL_TEXT)
  expect(asked.length, story).toBeGreaterThanOrEqual(breaks ? 3 : 2)
  expect(asked.filter((request) => !path.test(request.path)).map((request) => request.path)).toEqual([])
  const turns = asked.filter((request) => request.body.includes(agent.shellFor(provider).name))
  const [first, last] = [turns[0], turns.at(-1)]
  expect(first, story).not.toSatisfy(hasToolResult)
  expect(last, story).toSatisfy(hasToolResult)
  if (injects) expect(last, story).toSatisfy(hasInjectedResults)
  if (breaks) expect(log.filter((line) => line.includes('"outcome":"interrupted"')), 'the agent was told that the answer broke off').toHaveLength(1)
  if (agent.returnsSealTo.includes(provider)) expect(last?.body.toString(), 'the provider has its seal back').toContain(SEAL)
}

/** The gateway's own credential is wrong: the agent is told so, in words that name the setting, and does not ask again. */
export async function expectRefusedCredential(options: SessionOptions): Promise<void> {
  const { code, stdout, stderr, requests, story } = await runSession({ ...options, providerKey: 'sk-wrong' })
  expect(code, story).toBeGreaterThan(0)
  expect(stdout + stderr, story).toContain('providers.sim.apiKey')
  expect(requests.filter(({ method }) => method === 'POST'), story).toHaveLength(1)
}
