import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { FixtureError } from './fixture-error.ts'

const KEY = randomBytes(32)

const sign = (payload: string): Buffer => createHmac('sha256', KEY).update(payload).digest()

/** State that a client carries but cannot change. */
export function sealState(state: JsonObject): string {
  const payload = Buffer.from(JSON.stringify(state)).toString('base64url')
  return `${payload}.${sign(payload).toString('base64url')}`
}

export function openState(sealed: string): JsonObject {
  const [payload = '', signature = ''] = sealed.split('.')
  const given = Buffer.from(signature, 'base64url')
  const expected = sign(payload)
  const isIntact = given.toString('base64url') === signature && given.length === expected.length && timingSafeEqual(given, expected)
  const state: unknown = isIntact ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : undefined
  if (!isJsonObject(state)) throw new FixtureError(-32602, 'The requestState was changed.')
  return state
}
