import { createHmac, timingSafeEqual } from 'node:crypto'
import { ENVELOPE_PREFIX, type ModelOrigin, type SealCarrier } from '../../dialects/index.ts'
import { isJsonObject } from '../../lib/json.ts'

/** `tl1.<payload and origin in base64url>.<MAC in base64url>` */
const VERSION = ENVELOPE_PREFIX.slice(0, -1)

function readContent(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/**
 * Envelopes that clients keep and return. The MAC makes sure that what goes back to a provider is what it issued: a forged
 * or foreign one would be refused there, or worse, be believed.
 */
export function createSealCarrier(key: Uint8Array): SealCarrier {
  const sign = (content: string): Buffer => createHmac('sha256', key).update(`${VERSION}.${content}`).digest()
  return {
    wrap(payload: string, { provider, model }: ModelOrigin) {
      const content = Buffer.from(JSON.stringify({ p: provider, m: model, d: payload })).toString('base64url')
      return `${VERSION}.${content}.${sign(content).toString('base64url')}`
    },
    open(envelope: string, target: ModelOrigin) {
      const [version, content = '', mac = '', ...rest] = envelope.split('.')
      if (version !== VERSION || rest.length > 0) return undefined
      const given = Buffer.from(mac, 'base64url')
      const expected = sign(content)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
      const opened = readContent(content)
      if (!isJsonObject(opened) || opened['p'] !== target.provider || opened['m'] !== target.model) return undefined
      return typeof opened['d'] === 'string' ? opened['d'] : undefined
    },
  }
}
