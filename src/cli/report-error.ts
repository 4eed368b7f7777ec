import { GatewayError, type ErrorCode } from '../domain/errors.ts'
import { CliError, EXIT, type ExitCode } from './cli-error.ts'
import type { Terminal } from './terminal.ts'

interface Report {
  readonly exitCode: ExitCode
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string; readonly requestId?: string; readonly issues?: unknown }
}

const BUSY = (address: string): string => `Another process listens there. Choose another port with \`--port\`, or stop the one on ${address}.`

/** Of a gateway inside this process, as the same words of a distant one would end. */
const EXIT_BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  invalid_request: EXIT.usage,
  unknown_server: EXIT.notFound,
  unknown_preset: EXIT.notFound,
}

function describe(thrown: unknown): Report {
  if (thrown instanceof CliError) {
    const { code, message, hint, requestId } = thrown
    return { exitCode: thrown.exitCode, error: { code, message, ...(hint === undefined ? {} : { hint }), ...(requestId === undefined ? {} : { requestId }) } }
  }
  if (thrown instanceof GatewayError) {
    const { code, message, details } = thrown
    if (code !== 'config_invalid') return { exitCode: EXIT_BY_CODE[code] ?? EXIT.unexpected, error: { code, message } }
    const { issues } = details
    return { exitCode: EXIT.usage, error: { code, message, ...(issues === undefined ? {} : { issues }) } }
  }
  const { code, message, address, port } = thrown as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE') {
    const place = `${address ?? ''}:${port ?? ''}`
    return { exitCode: EXIT.conflict, error: { code: 'port_in_use', message: `The address ${place} is taken.`, hint: BUSY(place) } }
  }
  return { exitCode: EXIT.unexpected, error: { code: 'unexpected', message: message || String(thrown) } }
}

/** Says on stderr what went wrong; in JSON mode the last line is one object. The answer is the exit code. */
export function reportError(thrown: unknown, terminal: Terminal): ExitCode {
  const { exitCode, error } = describe(thrown)
  if (terminal.json) terminal.note(JSON.stringify({ error }))
  else {
    terminal.note(`trunkline: ${error.message}`)
    if (error.hint !== undefined) terminal.note(error.hint)
  }
  if (error.code === 'unexpected' && thrown instanceof Error && terminal.verbose) terminal.note(String(thrown.stack))
  return exitCode
}
