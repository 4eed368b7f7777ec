import type { GatewayConfig, LoadedConfig } from '../config/index.ts'

export interface NextStepsFacts {
  readonly url: string
  readonly loaded: LoadedConfig
  readonly version: string
  readonly invocation: string
}

const DEMO_CHAT = '{"model":"demo/echo","messages":[{"role":"user","content":"Hello"}]}'

/** The commands to paste, each of which works against this configuration as it is. */
function commands({ url, loaded: { config }, invocation }: NextStepsFacts): readonly string[] {
  const key = config.auth.keys.length > 0 ? ' -H "authorization: Bearer $TRUNKLINE_API_KEY"' : ''
  const json = ` -H 'content-type: application/json'`
  const steps: string[] = []
  if (config.providers.some(({ kind, id }) => kind === 'demo' && id === 'demo')) steps.push(`curl -s ${url}/v1/chat/completions${key}${json} -d '${DEMO_CHAT}'`)
  if (hasDemoServer(config)) steps.push(`curl -s ${url}${config.openapi.prefix}/demo/add${key}${json} -d '{"a":2,"b":3}'`)
  const target = ` --url ${url}`
  if (hasDemoServer(config)) steps.push(`${invocation} call demo/add a=2 b=3${target}`)
  steps.push(`${invocation} tools list${target}`)
  return steps
}

function hasDemoServer({ mcpServers }: GatewayConfig): boolean {
  return mcpServers.some(({ id, transport }) => transport.kind === 'builtin' && id === 'demo')
}

/** What a person sees when the gateway listens: addresses, what it runs on, what to try. */
export function writeNextSteps(facts: NextStepsFacts): readonly string[] {
  const { url, loaded, version } = facts
  const providers = loaded.config.providers.filter(({ enabled }) => enabled).map(({ id }) => id)
  const servers = loaded.config.mcpServers.filter(({ enabled }) => enabled).map(({ id }) => id)
  return [
    '',
    `trunkline ${version} · config ${loaded.file ?? 'none (built-in demo)'} · data ${loaded.config.dataDirectory}`,
    `  OpenAI API   ${url}/v1`,
    `  MCP          ${url}/mcp`,
    `  Tools        ${url}${loaded.config.openapi.prefix}/openapi.json`,
    `  Providers    ${providers.join(', ') || 'none'}`,
    `  MCP servers  ${servers.join(', ') || 'none'}`,
    'Try:',
    ...commands(facts).map((command) => `  ${command}`),
    ...(loaded.file === undefined ? ['To configure it, write a trunkline.yaml here, or paste the `mcpServers` of your MCP client into a trunkline.json.'] : []),
    'Ctrl-C stops it.',
    '',
  ]
}
