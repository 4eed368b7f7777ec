import type { CatalogEntry } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'

export interface ListPage {
  readonly entries: readonly CatalogEntry[]
  /** Names the last entry of this page, so that entries before it may come and go. Undefined at the end. */
  readonly next: string | undefined
}

const keyOf = ({ route }: CatalogEntry): string => JSON.stringify([route.server, route.upstreamName])

function startAfter(entries: readonly CatalogEntry[], cursor: string): number {
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  const index = entries.findIndex((entry) => keyOf(entry) === key)
  if (index >= 0) return index + 1
  throw new GatewayError('invalid_request', 'The cursor leads nowhere: it belongs to another list, or its tool is gone. Start again without it.')
}

export function listPage(entries: readonly CatalogEntry[], limit: number, cursor: string | undefined): ListPage {
  const start = cursor === undefined ? 0 : startAfter(entries, cursor)
  const page = entries.slice(start, start + limit)
  const last = page.at(-1)
  return { entries: page, next: last && start + limit < entries.length ? Buffer.from(keyOf(last)).toString('base64url') : undefined }
}
