import { styleText } from 'node:util'
import { pino, type DestinationStream } from 'pino'
import type { LogFacts, Logger, LogLevel } from './logger.ts'
import { redactFacts } from './redact-facts.ts'

export interface LoggerOptions {
  readonly level: LogLevel
  /** `json`: one object per line. `pretty`: for a person at a terminal. */
  readonly format: 'json' | 'pretty'
  /** Where lines go; the process's stderr in production, since stdout is data. */
  readonly destination: { write(line: string): unknown }
}

const LEVELS: Readonly<Record<number, [string, 'gray' | 'cyan' | 'yellow' | 'red']>> = {
  20: ['debug', 'gray'],
  30: ['info', 'cyan'],
  40: ['warn', 'yellow'],
  50: ['error', 'red'],
}

/** Control bytes out of upstream text would otherwise reach the terminal. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.replaceAll(/\p{Cc}/gu, '·')
}

function prettyLine(line: string): string {
  const { level, time, msg, event: _event, ...facts } = JSON.parse(line) as Record<string, unknown>
  const [name, color] = LEVELS[Number(level)] ?? ['log', 'gray']
  const clock = new Date(Number(time)).toISOString().slice(11, 23)
  const rest = Object.entries(facts).map(([key, value]) => styleText('gray', `${key}=`) + plain(value))
  return `${styleText('gray', clock)} ${styleText(color, name.padEnd(5))} ${plain(msg)} ${rest.join(' ')}\n`
}

/** A child is made at its first line: most loggers of most requests never write one. */
function adapt(parent: pino.Logger, own: LogFacts | undefined): Logger {
  let made = own === undefined ? parent : undefined
  const target = (): pino.Logger => (made ??= parent.child(own ?? {}))
  return {
    debug: (facts, message) => target().debug(facts, message),
    info: (facts, message) => target().info(facts, message),
    warn: (facts, message) => target().warn(facts, message),
    error: (facts, message) => target().error(facts, message),
    child: (facts: LogFacts) => (made ? adapt(made, facts) : adapt(parent, { ...own, ...facts })),
  }
}

/** Secrets are safe here by type: a `Secret` serialises as `[redacted]`. Credential-like keys are redacted all the same. */
export function createPinoLogger({ level, format, destination }: LoggerOptions): Logger {
  const stream: DestinationStream = {
    write: (line: string) => void destination.write(format === 'pretty' ? prettyLine(line) : line),
  }
  const root = pino({ level, base: null, formatters: { log: redactFacts, bindings: redactFacts } }, stream)
  return adapt(root, undefined)
}
