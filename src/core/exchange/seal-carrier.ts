import { createHmac, timingSafeEqual } from 'node:crypto'
import { ENVELOPE_PREFIX, type ModelOrigin, type SealCarrier } from '../../dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'

/** `tl1.<payload, origin and thought in base64url>.<MAC in base64url>` */
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
  const read = (envelope: string, target: ModelOrigin): JsonObject | undefined => {
    const [version, content = '', mac = '', ...rest] = envelope.split('.')
    if (version !== VERSION || rest.length > 0) return undefined
    const given = Buffer.from(mac, 'base64url')
    const expected = sign(content)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const opened = readContent(content)
    return isJsonObject(opened) && opened['p'] === target.provider && opened['m'] === target.model ? opened : undefined
  }
  const readMember = (envelope: string, target: ModelOrigin, key: 'd' | 't'): string | undefined => {
    const member = read(envelope, target)?.[key]
    return typeof member === 'string' ? member : undefined
  }
  return {
    wrap(payload, { provider, model }, text) {
      const content = Buffer.from(JSON.stringify({ p: provider, m: model, d: payload, t: text })).toString('base64url')
      return `${VERSION}.${content}.${sign(content).toString('base64url')}`
    },
    open: (envelope, target) => readMember(envelope, target, 'd'),
    openText: (envelope, target) => readMember(envelope, target, 't'),
  }
}
