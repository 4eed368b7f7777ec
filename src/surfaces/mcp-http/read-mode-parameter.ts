import { readMode } from '../../core/disclosure/index.ts'
import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { GatewayError } from '../../domain/errors.ts'

/** `?mode=` of an address; undefined without it. Throws `invalid_request` for a mode that is none, and for two. */
export function readModeParameter(url: string): DisclosureMode | undefined {
  const mark = url.indexOf('?')
  const given = mark < 0 ? [] : new URLSearchParams(url.slice(mark + 1)).getAll('mode')
  const [text] = given
  if (text === undefined) return undefined
  if (given.length > 1) throw new GatewayError('invalid_request', `Expected \`mode\` once, found it ${given.length} times.`)
  return readMode(text)
}
