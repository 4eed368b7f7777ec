import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { DialectQuirks } from '../../src/domain/dialect-quirks.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import type { ProviderKind } from '../../src/domain/provider.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { CLIENTS, type StructuredClient } from './structured-clients.ts'

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more })

/** Seven shapes that providers and gateways stumble over, each with an answer that fits and one that does not. */
const SCHEMAS: readonly { readonly name: string; readonly schema: JsonObject; readonly good: unknown; readonly bad: unknown }[] = [
  { name: 'a flat object', schema: object({ city: { type: 'string' }, degrees: { type: 'integer' } }), good: { city: 'Łódź', degrees: -3 }, bad: { city: 'Łódź' } },
  { name: 'nested objects and lists', schema: object({ people: { type: 'array', items: object({ name: { type: 'string' } }), minItems: 1 } }), good: { people: [{ name: 'A' }] }, bad: { people: [] } },
  { name: 'an enum and a nullable', schema: object({ mood: { enum: ['good', 'bad', null] } }), good: { mood: null }, bad: { mood: 'odd' } },
  { name: 'a union', schema: object({ value: { anyOf: [{ type: 'string' }, object({ n: { type: 'number' } })] } }), good: { value: { n: 1.5 } }, bad: { value: 1 } },
  { name: 'a recursion through $defs', schema: { ...object({ tree: { $ref: '#/$defs/node' } }), $defs: { node: object({ kids: { type: 'array', items: { $ref: '#/$defs/node' } } }) } }, good: { tree: { kids: [{ kids: [] }] } }, bad: { tree: { kids: [1] } } },
  { name: 'a list at the root', schema: { type: 'array', items: { type: 'integer' } }, good: [1, 2, 3], bad: ['1'] },
  { name: 'a recursion to the root', schema: object({ next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }), good: { next: { next: null } }, bad: { next: {} } },
]

const UPSTREAMS: readonly { readonly kind: ProviderKind; readonly path: string; readonly dialects?: readonly [Dialect, ...Dialect[]] }[] = [
  { kind: 'openai-compatible', path: '/v1' },
  { kind: 'openai-compatible', path: '/v1', dialects: ['openai-responses'] },
  { kind: 'anthropic', path: '/v1' },
  { kind: 'google', path: '/v1beta' },
]

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

async function start({ kind, path, dialects }: (typeof UPSTREAMS)[number], structuredOutput: NonNullable<DialectQuirks['structuredOutput']>): Promise<void> {
  gateway = await startModelGateway({ providers: [defineProvider('sim', `${sim.origin}${path}`, { kind, ...(dialects ? { dialects } : {}), quirks: [{ models: '*', quirks: { structuredOutput } }] })] })
}

const bodyOf = (index: number): JsonObject => JSON.parse(sim.requests[index]?.body.toString() ?? '{}') as JsonObject
/** The tool that stands in for the shape, as the provider was offered it. */
const toolName = (): string => /"(_*structured_answer)"/.exec(sim.requests[0]?.body.toString() ?? '')?.[1] ?? ''

const CASES = CLIENTS.flatMap((client) => UPSTREAMS.flatMap((upstream) => SCHEMAS.flatMap((schema) => [true, false].map((stream) => ({ client, upstream, schema, stream, name: `${client.dialect} over ${upstream.dialects?.[0] ?? upstream.kind}, ${schema.name}, ${stream ? 'streamed' : 'whole'}` })))))

async function ask(client: StructuredClient, schema: JsonObject, stream: boolean): Promise<{ text: string; finish: string; headers: Headers }> {
  return client.ask({ url: gateway.url, model: 'sim/echo', schema, stream })
}

describe('structured output', () => {
  it.each(CASES)('native: $name', async ({ client, upstream, schema: { schema, good }, stream }) => {
    await start(upstream, 'native')
    sim.script({ text: JSON.stringify(good) })
    const answer = await ask(client, schema, stream)
    expect(JSON.parse(answer.text)).toEqual(good)
    expect(answer.headers.get('x-trunkline-structured-output')).toBeNull()
    expect(JSON.stringify(bodyOf(0))).toMatch(/json_schema|responseJsonSchema/)
  })

  it.each(CASES)('LT-A14 by a tool: $name', async ({ client, upstream, schema: { schema, good }, stream }) => {
    await start(upstream, 'tool')
    const isWrapped = schema['type'] !== 'object'
    sim.script({ tool: 'structured_answer', toolArguments: JSON.stringify(isWrapped ? { value: good } : good) })
    const answer = await ask(client, schema, stream)
    expect(toolName()).toBe('structured_answer')
    expect(JSON.parse(answer.text)).toEqual(good)
    expect(answer.finish).toBe(client.stopped)
    expect(answer.headers.get('x-trunkline-structured-output')).toBe('tool')
  })

  it.each(CASES)('by instruction, with one repair: $name', async ({ client, upstream, schema: { schema, good, bad }, stream }) => {
    await start(upstream, 'instructed')
    sim.script({ text: `Here it is:\n\`\`\`json\n${JSON.stringify(bad)}\n\`\`\`` })
    sim.script({ text: JSON.stringify(good) })
    const answer = await ask(client, schema, stream)
    expect(JSON.parse(answer.text)).toEqual(good)
    expect(answer.headers.get('x-trunkline-structured-output')).toBe('instructed, repaired')
    expect(sim.requests).toHaveLength(2)
    expect(sim.requests[1]?.body.toString()).toContain('cannot be used')
    expect(gateway.ledger.rows).toHaveLength(2)
  })
})

describe('structured output by instruction', () => {
  const [client] = CLIENTS
  const [{ schema, bad }] = SCHEMAS as [(typeof SCHEMAS)[number]]

  it.each([true, false])('ends as an error, not as a wrong answer, when the repair is wrong too (stream: %s)', async (stream) => {
    if (!client) throw new Error('there is a client')
    await start({ kind: 'openai-compatible', path: '/v1' }, 'instructed')
    sim.script({ text: JSON.stringify(bad), times: 9 })
    await expect(ask(client, schema, stream)).rejects.toThrow(/502.*degrees/s)
    expect(sim.requests.length).toBeLessThanOrEqual(3)
  })

  it('takes the JSON out of its fence and lets nothing else through', async () => {
    if (!client) throw new Error('there is a client')
    await start({ kind: 'openai-compatible', path: '/v1' }, 'instructed')
    sim.script({ text: 'Sure!\n```json\n{"city":"X","degrees":1}\n```\nBye' })
    expect((await ask(client, schema, true)).text).toBe('{"city":"X","degrees":1}')
  })
})
