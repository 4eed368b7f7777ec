import { GatewayError } from '../../domain/errors.ts'

/** A day, `2026-11-21`, or a moment, `2026-11-21T10:00:00Z`. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/

/** A moment in an address; undefined when it is not there. Throws `invalid_request` for anything else. */
export function readMoment(query: URLSearchParams, key: string): Date | undefined {
  const text = query.get(key)
  if (text === null) return undefined
  const moment = new Date(text)
  if (MOMENT.test(text) && !Number.isNaN(moment.getTime())) return moment
  throw new GatewayError('invalid_request', `Expected \`${key}\` to be a day such as \`2026-11-21\` or a moment such as \`2026-11-21T10:00:00Z\`, got \`${text.slice(0, 40)}\`.`, { details: { param: key } })
}
