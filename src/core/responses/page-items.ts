import { GatewayError } from '../../domain/errors.ts'
import { editMembers, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'

const MAX_PAGE = 100
const DEFAULT_PAGE = 20

function readLimit(query: URLSearchParams): number {
  const text = query.get('limit') ?? String(DEFAULT_PAGE)
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit
  throw new GatewayError('invalid_request', `Expected \`limit\` to be a whole number from 1 to ${MAX_PAGE}, got \`${text.slice(0, 40)}\`.`, { details: { param: 'limit' } })
}

interface Numbered {
  readonly id: string
  readonly item: JsonText
}

function nameItem(item: JsonText, fallback: string): Numbered {
  const own: unknown = JSON.parse(readMember(item, 'id') ?? 'null')
  if (typeof own === 'string' && own !== '') return { id: own, item }
  return { id: fallback, item: editMembers(item, { id: toJsonText(fallback) }) }
}

/** One page of the items of a response, newest first unless the query says otherwise. */
export function pageItems(items: readonly JsonText[], responseId: string, query: URLSearchParams): JsonText {
  const stem = responseId.replace(/^resp_/, '')
  const named = items.map((item, index) => nameItem(item, `item_${stem}_${index}`))
  const ordered = query.get('order') === 'asc' ? named : named.toReversed()
  const limit = readLimit(query)
  const after = query.get('after')
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  if (after !== null && start === 0) throw new GatewayError('invalid_request', 'Expected `after` to be the id of an item.', { details: { param: 'after' } })
  const page = ordered.slice(start, start + limit)
  const data = `[${page.map(({ item }) => item).join(',')}]`
  const hasMore = start + limit < ordered.length
  return `{"object":"list","data":${data},"first_id":${JSON.stringify(page[0]?.id ?? null)},"last_id":${JSON.stringify(page.at(-1)?.id ?? null)},"has_more":${hasMore}}` as JsonText
}
