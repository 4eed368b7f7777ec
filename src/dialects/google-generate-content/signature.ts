/** On which kind of part a signature sat; it has to sit there again. */
export type SignedKind = 'call' | 'text' | 'thought'

/** What a provider's signature is as a seal: `call:CiQB…`. */
export const writePayload = (kind: SignedKind, signature: string): string => `${kind}:${signature}`

/** Undefined for what is no payload of this dialect. */
export function readPayload(payload: string): { readonly kind: SignedKind; readonly signature: string } | undefined {
  const colon = payload.indexOf(':')
  const [kind, signature] = [payload.slice(0, Math.max(colon, 0)), payload.slice(colon + 1)]
  return kind === 'call' || kind === 'text' || kind === 'thought' ? { kind, signature } : undefined
}

const MARK = 'trunkline'

/** What every envelope begins with on the wire. Nine letters are twelve in base64, whatever follows them. */
export const SIGNATURE_MARK = Buffer.from(MARK).toString('base64')

const REDACTED = '!'
const PLAIN = '.'

/** An envelope as a client keeps it: signatures are bytes, and typed clients refuse what is no base64. */
export const writeSignature = (envelope: string, isRedacted: boolean): string => Buffer.from(`${MARK}${isRedacted ? REDACTED : PLAIN}${envelope}`).toString('base64')

/** What a client returned: an envelope of the gateway, or the provider's own signature. */
export function readSignature(signature: string, kind: SignedKind): { readonly seal: string; readonly isRedacted?: true } {
  if (!signature.startsWith(SIGNATURE_MARK)) return { seal: writePayload(kind, signature) }
  const text = Buffer.from(signature, 'base64').toString('utf8').slice(MARK.length)
  return { seal: text.slice(1), ...(text.startsWith(REDACTED) ? { isRedacted: true } : {}) }
}

/** Says that there is none. @see https://ai.google.dev/gemini-api/docs/thought-signatures */
export const SKIP_VALIDATION = 'skip_thought_signature_validator'
