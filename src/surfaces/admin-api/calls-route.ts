import type { CallAudit, CallQuery, CallRecord } from '../../core/calls/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { parseJsonText } from '../../lib/json-text.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { CallEntry, CallList } from './contract.ts'
import { readMoment } from './read-moment.ts'

const LIMIT = { otherwise: 100, most: 1000 }

/** As in the address; the name of a tool or prompt is `tool` or `name`. */
const EQUALS = { server: 'server', tool: 'name', name: 'name', principal: 'principal', outcome: 'outcome', class: 'errorClass', requestId: 'requestId' } as const
const KNOWN: readonly string[] = [...Object.keys(EQUALS), 'since', 'until', 'limit', 'cursor']

function readLimit(text: string | null): number {
  if (text === null) return LIMIT.otherwise
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= LIMIT.most) return limit
  throw new GatewayError('invalid_request', `Expected \`limit\` to be 1–${LIMIT.most}, got \`${text.slice(0, 40)}\`.`)
}

const writeCursor = ({ startedAt, id }: CallRecord): string => Buffer.from(JSON.stringify([startedAt.toISOString(), id])).toString('base64url')

function readCursor(cursor: string): NonNullable<CallQuery['after']> {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as readonly unknown[]
    const startedAt = new Date(String(at))
    if (typeof id === 'string' && !Number.isNaN(startedAt.getTime())) return { startedAt, id }
  } catch {
    // Said below, with the same words as for a cursor that says something else.
  }
  throw new GatewayError('invalid_request', 'Expected `cursor` to be `next` of an earlier answer.')
}

function readQuery(query: URLSearchParams): CallQuery {
  const unknown = [...query.keys()].find((key) => !KNOWN.includes(key))
  if (unknown !== undefined) throw new GatewayError('invalid_request', `There is no parameter \`${unknown.slice(0, 40)}\` here. There are: ${KNOWN.join(', ')}.`)
  const equals = Object.entries(EQUALS).flatMap(([key, member]) => (query.get(key) === null ? [] : [[member, query.get(key)]]))
  const [since, until, cursor] = [readMoment(query, 'since'), readMoment(query, 'until'), query.get('cursor')]
  return {
    ...Object.fromEntries(equals),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
    ...(cursor === null ? {} : { after: readCursor(cursor) }),
    limit: readLimit(query.get('limit')),
  }
}

function describe({ startedAt, errorClass, resultBytes, requestId, arguments: given, ...rest }: CallRecord): CallEntry {
  return {
    ...rest,
    startedAt: startedAt.toISOString(),
    errorClass: errorClass ?? null,
    resultBytes: resultBytes ?? null,
    requestId: requestId ?? null,
    arguments: given === undefined ? null : parseJsonText(given),
  }
}

/** `GET /_meta/calls?server=files&class=timeout&since=2026-11-01`: who called what and how it ended, newest first. */
export function createCallsRoute(audit: Pick<CallAudit, 'find'>): HttpRoute {
  return {
    method: 'GET',
    path: '/_meta/calls',
    policy: 'admin:read',
    renderError: renderProblem,
    async handle(_request, response, { url }) {
      const query = readQuery(url.searchParams)
      const found = await audit.find({ ...query, limit: query.limit + 1 })
      const page = found.slice(0, query.limit)
      const last = page.at(-1)
      const list: CallList = { items: page.map(describe), next: last && found.length > page.length ? writeCursor(last) : null }
      sendJson(response, 200, JSON.stringify(list))
    },
  }
}
