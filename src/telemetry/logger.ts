export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export type LogFacts = Readonly<Record<string, unknown>>

/** Structured log lines. Facts come first so that a line can be found by them; the message is for people. */
export interface Logger {
  debug(facts: LogFacts, message: string): void
  info(facts: LogFacts, message: string): void
  warn(facts: LogFacts, message: string): void
  error(facts: LogFacts, message: string): void
  /** A logger whose every line carries these facts too: request id, session id, server, tool. */
  child(facts: LogFacts): Logger
}

const drop = (): void => {}

/** Says nothing; for tests and for callers that have no log. */
export const silentLogger: Logger = { debug: drop, info: drop, warn: drop, error: drop, child: () => silentLogger }
