import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigFlags } from './loaded-config.ts'
import { mergeTrees, writeAt } from './json-tree.ts'
import { writePath } from './position.ts'

const PATHS = {
  host: { path: ['server', 'host'], flag: '--host' },
  port: { path: ['server', 'port'], flag: '--port' },
  logLevel: { path: ['telemetry', 'level'], flag: '--log-level' },
  logFormat: { path: ['telemetry', 'format'], flag: '--log-format' },
} as const

/** What the command line says, above everything else. */
export function readFlagLayer(flags: ConfigFlags): ConfigLayer {
  let value: JsonObject = flags.settings ?? {}
  const names = new Map<string, string>()
  for (const key of ['host', 'port', 'logLevel', 'logFormat'] as const) {
    const given: JsonValue | undefined = flags[key]
    if (given === undefined) continue
    const { path, flag } = PATHS[key]
    value = mergeTrees(value, writeAt(path, given)) as JsonObject
    names.set(writePath(path), flag)
  }
  return { source: 'flag', value, written: value, place: (path) => ({ file: `flag ${names.get(writePath(path)) ?? '--…'}`, line: 0, column: 0 }) }
}
