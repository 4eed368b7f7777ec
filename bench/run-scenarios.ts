/** A stream whose model has the gateway's tools and calls none: what a run costs until its first token, beside the plain turn. */
export interface RunScenario {
  readonly name: string
  readonly plain: Buffer
  readonly withTools: Buffer
  readonly connections: number
  readonly requests: number
  readonly chunks: number
}

const body = (model: string): Buffer => Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'What does the gateway do with what it was given?\n'.repeat(40) }], stream: true }))

export const RUN_SCENARIOS: readonly RunScenario[] = [1, 16].map((connections) => ({
  name: `stream of 200 chunks as a run, ${connections} ${connections === 1 ? 'client' : 'clients'}`,
  plain: body('bench/bench'),
  withTools: body('bench/bench+tools:stdio'),
  connections,
  requests: connections === 1 ? 15 : 120,
  chunks: 200,
}))
