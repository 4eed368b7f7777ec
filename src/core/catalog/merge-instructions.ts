import type { TemplateValues } from '../../domain/instructions-template.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { InstructionsPolicy, MissingServer, ServerCatalog } from './catalog.ts'

const PLAIN: InstructionsPolicy = { template: undefined, tellsUnavailable: false }

const textIn = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** Said to a model, so it says what to do: nothing is broken for good. */
function describeUnavailable(missing: readonly MissingServer[], listed: ReadonlySet<string>): string {
  if (missing.length === 0) return ''
  const lines = missing.map(({ server, state, reason }) => `- ${server} (${state}): ${reason}${listed.has(server) ? ' What it offered last is still listed.' : ''}`)
  return `# Not available now\n\nThese servers cannot be used at the moment; their tools appear when they can.\n\n${lines.join('\n')}`
}

function describeServers(servers: readonly ServerCatalog[]): string {
  return servers.flatMap(({ server, facts: { instructions } }) => (instructions ? [`# ${server}\n\n${instructions}`] : [])).join('\n\n')
}

function namesOf({ lists }: ServerCatalog): string {
  return lists.tool.capabilities.filter(({ isHidden }) => isHidden !== true).map(({ ownName, upstreamName }) => ownName ?? upstreamName).join(', ')
}

/** The title that a server gives itself. */
function titleOf({ server, facts: { serverInfo } }: ServerCatalog): string {
  return textIn(serverInfo?.['title']) || textIn(serverInfo?.['name']) || server
}

function valuesOf(servers: readonly ServerCatalog[], missing: readonly MissingServer[]): TemplateValues {
  const listed = new Set<string>(servers.map(({ server }) => server))
  return {
    servers: servers.map((server) => ({ name: server.server, title: titleOf(server), tags: [...server.tags].join(', '), tools: namesOf(server), instructions: server.facts.instructions ?? '' })),
    unavailable: missing.map(({ server, state, reason }) => ({ name: server, state, reason })),
    whole: { servers: describeServers(servers), unavailable: describeUnavailable(missing, listed) },
  }
}

/** One server's instructions as they are; those of several under a heading per server, or as the template puts them. */
export function mergeInstructions(servers: readonly ServerCatalog[], missing: readonly MissingServer[], isSingle: boolean, { template, tellsUnavailable }: InstructionsPolicy = PLAIN): string | undefined {
  if (isSingle) return servers[0]?.facts.instructions || undefined
  const values = valuesOf(servers, missing)
  if (template) return template.fill(values) || undefined
  const texts = [values.whole.servers, tellsUnavailable ? values.whole.unavailable : '']
  return texts.filter((text) => text !== '').join('\n\n') || undefined
}
