/** Keys by their well-known beginnings, also with their middle starred out: `sk-proj-ab**********wxyz`, `AIzaSy…`. */
const KEYS = /\b(?:(?:sk|rk|pk|gsk|xai|nvapi|hf|key)[-_][\w*.-]{4,}[\w*]|AIza[\w*-]{10,})/g

const BEARER = /\b(Bearer\s+)[\w.~+/=*-]{8,}/gi

/** `Incorrect API key provided: abcd1234` */
const NAMED = /\b((?:api[ _-]?key|token)(?: provided)?["'`]?\s*[:=]\s*["'`]?)[^\s"'`,;]{5,}[^\s"'`,;.]/gi

const MASK = '[redacted]'

/** A text of a stranger without what looks like a credential. Providers repeat the key, or a part of it, in what they say of it. */
export function maskKeys(text: string): string {
  return text.replace(BEARER, `$1${MASK}`).replace(NAMED, `$1${MASK}`).replace(KEYS, MASK)
}
