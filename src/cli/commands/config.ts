import { stringify } from 'yaml'
import { configJsonSchema, loadConfig, renderIssue, type LoadedConfig } from '../../config/index.ts'
import type { JsonObject } from '../../lib/json.ts'
import { configOptions, noteWarnings, type CommandContext, type CommonFlags } from '../context.ts'

/** `trunkline config validate` — succeeds quietly but for warnings; a document that is wrong ends with exit code 2. */
export function validateConfig(context: CommandContext, flags: CommonFlags): void {
  const loaded = loadConfig(configOptions(context, flags))
  const { terminal } = context
  noteWarnings(terminal, loaded, renderIssue)
  if (terminal.json) return terminal.printJson({ valid: true, file: loaded.file ?? null, format: loaded.format, warnings: loaded.warnings })
  const what = loaded.file ?? 'No document was found; the built-in configuration'
  terminal.print(`${what} is valid${loaded.warnings.length > 0 ? `, with ${loaded.warnings.length} warnings` : ''}.`)
}

/** Values that may hold credentials are shown by name only. */
function masked(map: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.keys(map).map((name) => [name, '[redacted]']))
}

/** The whole configuration as data that may be pasted into a report: secrets, headers and variables are masked. */
export function presentConfig({ config }: LoadedConfig): JsonObject {
  const servers = config.mcpServers.map(({ id, transport, ...rest }) => {
    const shown =
      transport.kind === 'stdio'
        ? { ...transport, env: masked(transport.env) }
        : transport.kind === 'builtin'
          ? transport
          : transport.kind === 'openapi'
            ? { ...transport, spec: maskUrl(transport.spec), headers: masked(transport.headers), auth: masked(transport.auth) }
          : { ...transport, url: maskUrl(transport.url), headers: masked(transport.headers) }
    return [id, { transport: shown, ...rest }]
  })
  const providers = config.providers.map(({ id, headers, baseUrl, ...rest }) => [id, { ...rest, baseUrl: maskUrl(baseUrl), headers: masked(headers) }])
  const models = config.models.map(({ publicModel, root }) => [publicModel, root])
  const entities = { mcpServers: Object.fromEntries(servers), providers: Object.fromEntries(providers), models: Object.fromEntries(models) } as JsonObject
  return JSON.parse(JSON.stringify({ ...config, ...entities })) as JsonObject
}

/** A password or a query in an address is a credential more often than not. */
function maskUrl(text: string): string {
  const url = URL.parse(text)
  if (!url) return text
  const base = text.split(/[?#]/, 1)[0] ?? text
  const withoutUser = url.username || url.password ? base.replace(/\/\/[^@/]*@/, '//[redacted]@') : base
  return url.search === '' ? withoutUser : `${withoutUser}?[redacted]`
}

/** `trunkline config show [--sources]` */
export function showConfig(context: CommandContext, flags: CommonFlags & { readonly sources?: boolean }): void {
  const loaded = loadConfig(configOptions(context, flags))
  const { terminal } = context
  noteWarnings(terminal, loaded, renderIssue)
  if (flags.sources === true) {
    const items = [...loaded.sources].map(([path, source]) => ({ path, source }))
    return terminal.printList(items, ['path', 'source'], (index) => [items[index]?.path, items[index]?.source])
  }
  const shown = { file: loaded.file ?? null, format: loaded.format, ...presentConfig(loaded) }
  if (terminal.json) terminal.printJson(shown)
  else terminal.print(stringify(shown).trimEnd())
}

/** `trunkline config schema` */
export function printConfigSchema(context: CommandContext): void {
  context.terminal.print(JSON.stringify(configJsonSchema(), null, 2))
}
