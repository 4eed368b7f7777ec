import { createHash } from 'node:crypto'
import { Secret } from '../domain/secret.ts'

/**
 * Equal for equal definitions, credentials included: a changed key must count as a change although a `Secret` shows
 * nothing of itself.
 */
export function fingerprint(definition: unknown): string {
  const text = JSON.stringify(definition, function (this: Record<string, unknown>, key, value: unknown) {
    const original = this[key]
    return original instanceof Secret ? { secret: original.reveal() } : value
  })
  return createHash('sha256').update(text).digest('base64')
}
