import { readFileSync } from 'node:fs'
import type { LoadedConfig } from '../config/index.ts'
import { Secret } from '../domain/secret.ts'
import { CliError, EXIT } from './cli-error.ts'
import { configOptions, type CommandContext, type CommonFlags } from './context.ts'

export interface GatewayAddress {
  readonly url: string
  readonly key: Secret | undefined
}

function readKeyFile(path: string): Secret {
  try {
    return new Secret(readFileSync(path, 'utf8').trim())
  } catch (error) {
    throw new CliError(EXIT.usage, 'key_file_unreadable', `The key file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`)
  }
}

function urlOf({ config }: LoadedConfig): string {
  const { host, port } = config.server
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function checkUrl(written: string): string {
  const url = URL.parse(written)
  if (url && /^https?:$/.test(url.protocol)) return written.replace(/\/+$/, '')
  throw new CliError(EXIT.usage, 'invalid_url', `Expected \`--url\` to be an http or https address, got \`${written}\`.`)
}

/**
 * The running gateway to ask, and the key for it. A key of the configuration is only sent to the address of that
 * configuration, never to one that was named on the command line.
 */
export async function findGateway(context: CommandContext, flags: CommonFlags): Promise<GatewayAddress> {
  const asked = flags.url ?? context.environment['TRUNKLINE_URL']
  const variable = context.environment['TRUNKLINE_API_KEY']
  const explicitKey = flags.keyFile === undefined ? (variable === undefined || variable === '' ? undefined : new Secret(variable)) : readKeyFile(flags.keyFile)
  if (asked !== undefined && asked !== '') return { url: checkUrl(asked), key: explicitKey }
  // Loaded only when it is needed: the schemas cost more than all the rest of a small command.
  const { loadConfig } = await import('../config/index.ts')
  const loaded = loadConfig(configOptions(context, flags))
  const configured = loaded.config.auth.keys.toSorted((a, b) => b.scopes.length - a.scopes.length)[0]?.key
  return { url: urlOf(loaded), key: explicitKey ?? configured }
}
