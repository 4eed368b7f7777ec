import { GatewayError } from '../../domain/errors.ts'
import type { UsageSum } from '../../domain/usage-sum.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { UsageReport } from './contract.ts'

/** Sums of the ledger from `since`, before `until`. */
export type ReadUsage = (span: { readonly since?: Date; readonly until?: Date }) => Promise<readonly UsageSum[]>

/** A day, `2026-11-21`, or a moment, `2026-11-21T10:00:00Z`. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/

function readMoment(query: URLSearchParams, key: string): Date | undefined {
  const text = query.get(key)
  if (text === null) return undefined
  const moment = new Date(text)
  if (MOMENT.test(text) && !Number.isNaN(moment.getTime())) return moment
  throw new GatewayError('invalid_request', `Expected \`${key}\` to be a day such as \`2026-11-21\` or a moment such as \`2026-11-21T10:00:00Z\`, got \`${text.slice(0, 40)}\`.`, { details: { param: key } })
}

const COUNTS = ['attempts', 'estimated', 'unpriced', 'inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens', 'costMicros'] as const

function total(items: readonly UsageSum[]): UsageReport['total'] {
  const sums = { attempts: 0, estimated: 0, unpriced: 0, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, costMicros: 0 }
  for (const item of items) for (const count of COUNTS) sums[count] += item[count]
  return sums
}

/** `GET /_meta/usage?since=2026-11-01&until=2026-12-01` */
export function createUsageRoute(readUsage: ReadUsage): HttpRoute {
  return {
    method: 'GET',
    path: '/_meta/usage',
    policy: 'admin:read',
    renderError: renderProblem,
    async handle({ url = '' }, response) {
      const query = new URLSearchParams(url.split('?')[1] ?? '')
      const [since, until] = [readMoment(query, 'since'), readMoment(query, 'until')]
      const items = await readUsage({ ...(since ? { since } : {}), ...(until ? { until } : {}) })
      const report: UsageReport = { items, total: total(items) }
      sendJson(response, 200, JSON.stringify(report))
    },
  }
}
