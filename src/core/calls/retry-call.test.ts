import { describe, expect, it } from 'vitest'
import { createScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RpcError } from '../../domain/json-rpc.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { silentLogger } from '../../telemetry/index.ts'
import type { CatalogEntry, CatalogView } from '../catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import type { CallRequest } from './call-request.ts'
import { repeatCall } from './retry-call.ts'

const entry = (annotations: string): CatalogEntry => ({
  kind: 'tool',
  upstreamName: 't',
  ownName: 't',
  exposedName: 't',
  definition: `{"name":"t","annotations":${annotations}}` as JsonText,
  route: { server: 's' as McpServerId, upstreamName: 't' },
  tags: new Set(),
})

const SAFE = entry('{"idempotentHint":true}')
const broken = (): GatewayError => new GatewayError('upstream_interrupted', 'gone')
const request = (more: Partial<CallRequest> = {}): CallRequest => ({
  view: {} as CatalogView,
  principal: LOCAL_PRINCIPAL,
  method: 'tools/call',
  params: '{"name":"t"}' as JsonText,
  era: 'legacy',
  signal: new AbortController().signal,
  logger: silentLogger,
  ...more,
})

interface Tried {
  readonly tries: number
  readonly outcome: unknown
}

async function attempt(send: (sent: CallRequest, attempt: number) => Promise<JsonText>, more: { entry?: CatalogEntry; retries?: number; request?: CallRequest } = {}): Promise<Tried> {
  let tries = 0
  const outcome: unknown = await repeatCall({
    request: more.request ?? request(),
    entry: more.entry ?? SAFE,
    upstream: createScriptedUpstream({ id: 's', answers: {} }),
    retries: more.retries ?? 2,
    send(sent, count) {
      tries++
      return send(sent, count)
    },
  }).catch((error: unknown) => error)
  return { tries, outcome }
}

describe('repeatCall', () => {
  it('repeats until it is answered', async () => {
    expect(await attempt(async (_sent, count) => (count < 3 ? Promise.reject(broken()) : ('{}' as JsonText)))).toEqual({ tries: 3, outcome: '{}' })
  })

  it.each<[string, Parameters<typeof attempt>[1], () => unknown]>([
    ['a tool without the hint', { entry: entry('{"destructiveHint":false}') }, broken],
    ['no retries', { retries: 0 }, broken],
    ['the next round of a call with questions', { request: request({ params: '{"requestState":"x"}' as JsonText }) }, broken],
    ['an error that the server answered with', {}, () => new RpcError(-32000, 'no')],
    ['a time-out', {}, () => new GatewayError('upstream_timeout', 'late')],
  ])('does not repeat: %s', async (_what, more, error) => {
    expect((await attempt(() => Promise.reject(error() as Error), more)).tries).toBe(1)
  })

  it('gives up after the last retry, with the error', async () => {
    expect(await attempt(() => Promise.reject(broken()), { retries: 1 })).toMatchObject({ tries: 2, outcome: { code: 'upstream_interrupted' } })
  })

  it('does not repeat once somebody was asked', async () => {
    const asking = request({ onServerRequest: async () => '{}' as JsonText })
    const { tries } = await attempt(
      async (sent) => {
        await sent.onServerRequest?.('elicitation/create', undefined)
        throw broken()
      },
      { request: asking },
    )
    expect(tries).toBe(1)
  })

  it('lets progress only grow', async () => {
    const seen: string[] = []
    await attempt(
      async (sent, count) => {
        for (const progress of [1, 2, ...(count === 2 ? [3] : [])]) sent.onProgress?.(`{"progress":${progress}}` as JsonText)
        if (count === 1) throw broken()
        return '{}' as JsonText
      },
      { request: request({ onProgress: (params) => seen.push(params) }) },
    )
    expect(seen).toEqual(['{"progress":1}', '{"progress":2}', '{"progress":3}'])
  })
})
