/** What a command ends with. The list in this room’s README is for people; scripts rely on it. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  unauthorized: 3,
  unreachable: 4,
  answeredWithError: 5,
  notFound: 6,
  conflict: 7,
  doctorFoundProblems: 9,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export interface CliErrorOptions extends ErrorOptions {
  readonly hint?: string
  readonly requestId?: string
}

/** A failure with an exit code, a word for scripts and a sentence for people. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  readonly code: string
  readonly hint: string | undefined
  readonly requestId: string | undefined

  constructor(exitCode: ExitCode, code: string, message: string, options: CliErrorOptions = {}) {
    super(message, options)
    this.exitCode = exitCode
    this.code = code
    this.hint = options.hint
    this.requestId = options.requestId
  }
}
