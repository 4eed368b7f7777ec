import { describe, expect, it } from 'vitest'
import type { PrincipalId, SessionId } from '../../domain/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Principal } from '../identity/index.ts'
import { lookUpValue, ownerOf, type InstanceClient } from './instance-client.ts'

const principal = (id: string): Principal => ({ id: id as PrincipalId, via: { kind: 'login' }, scopes: new Set() })

function client(more: Partial<InstanceClient> = {}): InstanceClient {
  return { principal: principal('ann'), session: undefined, context: undefined, clientInfo: { name: 'editor', version: '2' }, transport: 'http', ...more }
}

const withValues = (values: JsonObject): InstanceClient => client({ context: { id: undefined, values } })

describe('lookUpValue', () => {
  it('finds values of the context, custom ones also by `context`', () => {
    const known = withValues({ project: { path: '/p', custom: { k: 1 } }, branch: 'main', custom: { team: 'red' } })
    const names = ['project.path', 'project.custom.k', 'context.branch', 'context.team', 'custom.team', 'context.project.path']
    expect(names.map((name) => lookUpValue(known, name))).toEqual(['/p', '1', 'main', 'red', 'red', '/p'])
  })

  it('says nothing for what is no single value, or is not the object’s own', () => {
    const known = withValues({ project: { path: { deep: 1 } }, user: {} })
    for (const name of ['project.path', 'user.constructor', 'user.__proto__', 'project', 'context.toString']) expect(lookUpValue(known, name)).toBeUndefined()
  })

  it('knows of the principal always, and what the client said of itself only when it is believed', () => {
    expect(lookUpValue(client(), 'principal.id')).toBe('ann')
    expect(lookUpValue(client(), 'transport.type')).toBe('http')
    expect(lookUpValue(client(), 'transport.client.name')).toBeUndefined()
    expect(lookUpValue(withValues({}), 'transport.client.name')).toBe('editor')
    expect(lookUpValue(withValues({ principal: { id: 'bert' }, transport: { type: 'x' } }), 'principal.id')).toBe('ann')
    expect(lookUpValue(withValues({ transport: { type: 'x' } }), 'transport.type')).toBe('http')
  })
})

describe('ownerOf', () => {
  const session = (id: string): Partial<InstanceClient> => ({ session: id as SessionId })
  const context = (id: string): Partial<InstanceClient> => ({ context: { id, values: {} } })

  it('is nobody for shared, the principal for per-user', () => {
    expect(ownerOf('shared', client(session('s')))).toBeUndefined()
    expect(ownerOf('per-user', client(session('s')))).toBe(ownerOf('per-user', client(context('c'))))
    expect(ownerOf('per-user', client())).not.toBe(ownerOf('per-user', client({ principal: principal('bert') })))
  })

  it('is the session, else the context within the principal, else the principal for per-session', () => {
    const owners = [client(session('s')), client(session('t')), client(context('c')), client(context('d')), client(), client({ principal: principal('bert') }), client({ principal: principal('bert'), ...context('c') })]
    expect(new Set(owners.map((one) => ownerOf('per-session', one))).size).toBe(owners.length)
    expect(ownerOf('per-session', client({ ...session('s'), ...context('c') }))).toBe(ownerOf('per-session', client(session('s'))))
  })
})
