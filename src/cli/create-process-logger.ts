import type { TelemetryConfig } from '../config/index.ts'
import { createPinoLogger, type Logger } from '../telemetry/index.ts'
import { batchLines } from './batch-lines.ts'

/** Log lines on stderr: pretty for a person at a terminal, JSON for everything else. */
export function createProcessLogger({ level, format }: TelemetryConfig, stderr: NodeJS.WriteStream): Logger {
  const chosen = format === 'auto' ? (stderr.isTTY ? 'pretty' : 'json') : format
  return createPinoLogger({ level, format: chosen, destination: batchLines(stderr) })
}
