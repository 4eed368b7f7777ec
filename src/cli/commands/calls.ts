import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseDuration } from '../../lib/parse-duration.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { connectToGateway } from '../connect.ts'
import type { CommandContext, CommonFlags } from '../context.ts'
import { textOf } from '../text-of.ts'

const TIMEOUT_MS = 30_000
/** The longest page of the gateway. */
const PAGE = 1000

export interface CallsFlags extends CommonFlags {
  readonly server?: string
  readonly tool?: string
  readonly outcome?: string
  readonly class?: string
  /** A moment, or how long ago. */
  readonly since?: string
  readonly limit?: string
}

function readSince(text: string, now: number): string {
  const ago = /^\d{4}-/.test(text) ? undefined : parseDuration(text)
  return ago === undefined ? text : new Date(now - ago).toISOString()
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (/^\d{1,5}$/.test(text) && limit >= 1) return limit
  throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`--limit\` to be 1–99999, got \`${text}\`.`)
}

function queryOf({ server, tool, outcome, class: errorClass, since }: CallsFlags, now: number): URLSearchParams {
  const given = { server, tool, outcome, class: errorClass, since: since === undefined ? undefined : readSince(since, now) }
  return new URLSearchParams(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

const itemsOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => isJsonObject(item)) : [])

const cells = ({ startedAt, server, name, outcome, errorClass, durationMs, principal }: JsonObject): readonly string[] => [
  textOf(startedAt),
  `${textOf(server)}/${textOf(name)}`,
  textOf(errorClass) === '' ? textOf(outcome) : `${textOf(outcome)} (${textOf(errorClass)})`,
  typeof durationMs === 'number' ? `${Math.round(durationMs)} ms` : '',
  textOf(principal),
]

/** `trunkline calls`: who called what and how it ended, newest first. */
export async function listCalls(context: CommandContext, flags: CallsFlags): Promise<void> {
  const limit = readLimit(flags.limit ?? '50')
  const query = queryOf(flags, Date.now())
  const client = await connectToGateway(context, flags)
  const calls: JsonObject[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined && calls.length < limit; ) {
    const page = new URLSearchParams([...query, ['limit', String(Math.min(limit - calls.length, PAGE))], ...(cursor === '' ? [] : [['cursor', cursor]])] as [string, string][])
    const answer: JsonObject = await client.getJson(`/_meta/calls?${page.toString()}`, TIMEOUT_MS)
    calls.push(...itemsOf(answer['items']))
    cursor = typeof answer['next'] === 'string' ? answer['next'] : undefined
  }
  context.terminal.printList(calls, ['started', 'call', 'outcome', 'took', 'by'], (index) => cells(calls[index] ?? {}))
  if (calls.length === 0) context.terminal.note('No call is recorded that fits. `mcp.audit.enabled: false` records none.')
}
