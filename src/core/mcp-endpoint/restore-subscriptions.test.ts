import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { parseJsonText } from '../../lib/json-text.ts'
import { silentLogger } from '../../telemetry/index.ts'
import type { Calls, SubscriptionTarget } from '../calls/index.ts'
import type { CatalogView } from '../catalog/index.ts'
import { createSubscriptionRestore } from './restore-subscriptions.ts'

const uriOf = ({ params }: SubscriptionTarget): string => (parseJsonText(params) as { uri: string }).uri

/** Answers per URI; a URI without one leads nowhere in the catalog. */
function set(answers: Record<string, (() => Promise<void>) | undefined>, subscriptions: Set<string>) {
  const restored: string[] = []
  const [subscribed, unsubscribed, dropped]: [string[], string[], unknown[]] = [[], [], []]
  const state = { isClosed: false }
  const calls = {
    async subscribe(_subscriber: unknown, target: SubscriptionTarget) {
      subscribed.push(uriOf(target))
      await answers[uriOf(target)]?.()
    },
    unsubscribe: (_subscriber: unknown, target: SubscriptionTarget) => unsubscribed.push(uriOf(target)),
    drop: (subscriber: unknown) => dropped.push(subscriber),
  } as unknown as Calls
  const view = { resolveResource: (uri: string) => (answers[uri] ? { server: 'one', uri } : undefined) } as unknown as CatalogView
  const restore = createSubscriptionRestore({ calls, subscriber: { updated: () => undefined }, subscriptions, view: async () => view, isClosed: () => state.isClosed, onRestored: (uri) => restored.push(uri) })
  return { restore, restored, subscribed, unsubscribed, dropped, state }
}

const fine = async (): Promise<void> => undefined

describe('createSubscriptionRestore', () => {
  it('takes each subscription up once', async () => {
    const { restore, restored, subscribed } = set({ 'x://1': fine, 'x://2': fine }, new Set(['x://1', 'x://2']))
    await Promise.all([restore.attempt(silentLogger), restore.attempt(silentLogger)])
    await restore.attempt(silentLogger)
    expect([restored, subscribed]).toEqual([['x://1', 'x://2'], ['x://1', 'x://2']])
  })

  it('tries again what leads nowhere yet, or to a server that is down', async () => {
    const answers: Record<string, (() => Promise<void>) | undefined> = { 'x://down': () => Promise.reject(new GatewayError('server_unavailable', 'down')) }
    const subscriptions = new Set(['x://down', 'x://unlisted'])
    const { restore, restored } = set(answers, subscriptions)
    await restore.attempt(silentLogger)
    expect([restored, subscriptions.size]).toEqual([[], 2])
    answers['x://down'] = answers['x://unlisted'] = fine
    await restore.attempt(silentLogger)
    expect(restored).toEqual(['x://down', 'x://unlisted'])
  })

  it('gives up what a server refuses', async () => {
    const subscriptions = new Set(['x://no'])
    const { restore, restored, subscribed } = set({ 'x://no': () => Promise.reject(new RpcError(RPC.invalidParams, 'no')) }, subscriptions)
    await restore.attempt(silentLogger)
    await restore.attempt(silentLogger)
    expect([restored, subscribed, subscriptions.size]).toEqual([[], ['x://no'], 0])
  })

  it('leaves nothing behind when the client unsubscribed or left meanwhile', async () => {
    const subscriptions = new Set(['x://1'])
    const first = set({ 'x://1': async () => void subscriptions.delete('x://1') }, subscriptions)
    await first.restore.attempt(silentLogger)
    expect([first.restored, first.unsubscribed]).toEqual([[], ['x://1']])
    const second = set({ 'x://1': async () => void (second.state.isClosed = true) }, new Set(['x://1']))
    await second.restore.attempt(silentLogger)
    expect([second.restored, second.dropped.length]).toEqual([[], 1])
  })
})
