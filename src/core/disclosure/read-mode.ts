import { DISCLOSURE_MODES, type DisclosureMode } from '../../domain/disclosure-mode.ts'
import { GatewayError } from '../../domain/errors.ts'

const KNOWN = DISCLOSURE_MODES.map((mode) => `\`${mode}\``).join(', ')

/** The mode that a client named in `mode`, in its address or on a command line. Throws `invalid_request` for any other word. */
export function readMode(text: string): DisclosureMode {
  const mode = DISCLOSURE_MODES.find((known) => known === text.trim().toLowerCase())
  if (mode) return mode
  throw new GatewayError('invalid_request', `Expected \`mode\` to be one of ${KNOWN}, got \`${text.slice(0, 64)}\`.`)
}
