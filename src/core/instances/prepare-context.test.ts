import { describe, expect, it } from 'vitest'
import { toJsonText } from '../../lib/json-text.ts'
import { prepareContext, type GivenContext } from './prepare-context.ts'

const given = (more: Partial<GivenContext> = {}): GivenContext => ({ isTrusted: true, header: undefined, derived: undefined, ...more })
const params = (context: object): ReturnType<typeof toJsonText> => toJsonText({ _meta: { 'trunkline/context': context } } as never)

describe('prepareContext', () => {
  it('takes the context of the transport session before all others', () => {
    const opened = { context: { id: 'old', values: { project: { path: '/old' } } } }
    expect(prepareContext(given({ header: '{"id":"new"}' }), params({ id: 'newer' }), opened)).toEqual({ kind: 'ready', source: 'transport-session', context: opened.context })
  })

  it('takes `_meta` before the header, and a context with an id for a session of its own', () => {
    expect(prepareContext(given({ header: '{"id":"header"}' }), params({ id: 'meta', team: 't' }))).toEqual({ kind: 'ready', source: 'context-session', context: { id: 'meta', values: { id: 'meta', team: 't' } } })
    expect(prepareContext(given({ header: '{"sessionId":"header"}' }), undefined)).toMatchObject({ source: 'context-session', context: { id: 'header' } })
  })

  it('derives what the client did not say, and lets its own words go first', () => {
    const derived = { project: { path: '/cwd' }, user: { name: 'ann' } }
    expect(prepareContext(given({ derived }), params({ project: { path: '/said' } }))).toEqual({ kind: 'ready', source: 'derived', context: { id: undefined, values: { project: { path: '/said' }, user: { name: 'ann' } } } })
  })

  it('has none for a client that is not believed, and tells one that gave one', () => {
    expect(prepareContext(given({ isTrusted: false }), undefined)).toEqual({ kind: 'ready', source: 'derived', context: undefined })
    expect(prepareContext(given({ isTrusted: false, header: 'not even JSON' }), undefined)).toEqual({ kind: 'untrusted' })
    expect(prepareContext(undefined, params({ project: {} }))).toEqual({ kind: 'untrusted' })
  })

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['an id that is no id', '{"id":"a b"}'],
    ['too deep', '{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}'],
    ['too long', JSON.stringify({ a: 'x'.repeat(20_000) })],
  ])('refuses %s', (_what, header) => {
    expect(prepareContext(given({ header }), undefined).kind).toBe('invalid')
  })
})
