import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../../domain/errors.ts'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import type { Route } from '../../domain/route.ts'
import { resolveModel } from './resolve-model.ts'

const smart: Route = { id: 'smart' as RouteId, publicModel: 'smart', root: { kind: 'target', provider: 'x' as ProviderId, model: 'y' } }
const NAMES = {
  routes: new Map([['smart', smart], ['open/shadowed', smart]]),
  providers: ['open', 'open/router', 'demo'] as ProviderId[],
  known: ['smart', 'demo/echo', 'demo/tools', 'open/gpt-5.1'],
}

function refusal(model: string): GatewayError {
  try {
    resolveModel(model, NAMES)
  } catch (error) {
    return error as GatewayError
  }
  throw new Error(`${model} was found`)
}

describe('resolveModel', () => {
  it('prefers a configured route', () => {
    expect(resolveModel('smart', NAMES)).toBe(smart)
    expect(resolveModel('open/shadowed', NAMES)).toBe(smart)
  })

  it.each([
    ['demo/echo', 'demo', 'echo'],
    ['open/meta/llama:free', 'open', 'meta/llama:free'],
    ['open/router/meta/llama', 'open/router', 'meta/llama'],
    ['open/routerx', 'open', 'routerx'],
  ])('reads %s', (name, provider, model) => {
    expect(resolveModel(name, NAMES).root).toEqual({ kind: 'target', provider, model })
  })

  it.each([
    ['demo/', '`demo/echo`'],
    ['dmeo/echo', '`demo/echo`'],
    ['echo', '`demo/echo`'],
    ['GPT-5.1', '`open/gpt-5.1`'],
    ['smrt', '`smart`'],
    ['__proto__', '/v1/models'],
    ['nothing-like-it-at-all', '/v1/models'],
    ['x'.repeat(100_000), '/v1/models'],
  ])('refuses %s with a hint', (model, hint) => {
    const { code, message } = refusal(model)
    expect([code, message.includes(hint), message.length < 500]).toEqual(['unknown_model', true, true])
  })
})
