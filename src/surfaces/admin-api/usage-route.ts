import type { UsageSum } from '../../domain/usage-sum.ts'
import { renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { UsageReport } from './contract.ts'
import { readMoment } from './read-moment.ts'

/** Sums of the ledger from `since`, before `until`. */
export type ReadUsage = (span: { readonly since?: Date; readonly until?: Date }) => Promise<readonly UsageSum[]>

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
