import { describe, expect, it } from 'vitest'
import { createSealCarrier } from './seal-carrier.ts'

const KEY = Buffer.alloc(32, 1)
const ORIGIN = { provider: 'p', model: 'm' }

describe('createSealCarrier', () => {
  const seals = createSealCarrier(KEY)
  const envelope = seals.wrap('EqQB/+=世', ORIGIN)

  it('gives a payload back to its model, also after a restart with the same key', () => {
    expect(envelope).toMatch(/^tl1\.[\w-]+\.[\w-]+$/)
    expect([seals.open(envelope, ORIGIN), createSealCarrier(KEY).open(envelope, ORIGIN)]).toEqual(['EqQB/+=世', 'EqQB/+=世'])
  })

  it('gives what was thought back with the payload, where it was put in', () => {
    const full = seals.wrap('EqQB', ORIGIN, 'hm, 世界')
    expect([seals.open(full, ORIGIN), seals.openText(full, ORIGIN)]).toEqual(['EqQB', 'hm, 世界'])
    expect([seals.openText(envelope, ORIGIN), seals.openText(full, { provider: 'p', model: 'n' }), seals.openText(`${full}x`, ORIGIN)]).toEqual([undefined, undefined, undefined])
  })

  it('LT-E11 gives nothing to another model or provider', () => {
    expect([seals.open(envelope, { provider: 'q', model: 'm' }), seals.open(envelope, { provider: 'p', model: 'n' })]).toEqual([undefined, undefined])
  })

  it('opens nothing that it did not sign', () => {
    const [version, content = '', mac = ''] = envelope.split('.')
    const forged = Buffer.from(JSON.stringify({ p: 'p', m: 'm', d: 'x' })).toString('base64url')
    const broken = ['', 'EqQB', 'tl1', 'tl1..', `tl2.${content}.${mac}`, `${version}.${forged}.${mac}`, `${version}.${content}.`, `${version}.${content}.${mac}.x`, `${version}.${content}.${mac.slice(2)}`]
    expect(broken.map((text) => seals.open(text, ORIGIN))).toEqual(broken.map(() => undefined))
    expect(createSealCarrier(Buffer.alloc(32, 2)).open(envelope, ORIGIN)).toBeUndefined()
  })
})
