import { HOSTED_ID } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { editMembers, readItems, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ResponseStore, StoredResponse } from '../../storage/index.ts'

export interface Finder {
  readonly store: ResponseStore
  readonly now: () => Date
}

const MAX_CHAIN = 1_000

const notFound = (id: string): GatewayError => new GatewayError('not_found', `Response with id \`${id.slice(0, 100)}\` not found.`)

export const previousNotFound = (id: string): GatewayError =>
  new GatewayError('invalid_request', `Previous response with id \`${id.slice(0, 100)}\` not found.`, { details: { param: 'previous_response_id', responseCode: 'previous_response_not_found' } })

/** Undefined for what never was, what is gone, and what is somebody else's: the three must not be told apart. */
export async function findResponse({ store, now }: Finder, id: string, principal: string): Promise<StoredResponse | undefined> {
  const found = await store.find(id)
  return found?.principal === principal && found.expiresAt > now() ? found : undefined
}

/** Rejects with `not_found`. */
export async function requireResponse(finder: Finder, id: string, principal: string): Promise<StoredResponse> {
  const found = await findResponse(finder, id, principal)
  if (!found) throw notFound(id)
  return found
}

/** The gateway knows its own calls by their ids. */
const isOwnCall = (item: JsonText): boolean => (item.includes(HOSTED_ID) ? /^"mcpr?_/.test(readMember(item, 'id') ?? '') : false)

/** What a model said, as it may be said back: ids and states mean something only where the items are stored. */
export function outputItems({ body }: StoredResponse): readonly JsonText[] {
  const output = body === undefined ? undefined : readMember(body, 'output')
  return output === undefined ? [] : readItems(output).map((item) => editMembers(item, isOwnCall(item) ? { status: undefined } : { id: undefined, status: undefined }))
}

/** The conversation up to and with the input of a response, oldest first. */
export async function readInput(finder: Finder, response: StoredResponse): Promise<readonly JsonText[]> {
  const own = readItems(response.input ?? toJsonText([]))
  return response.previousId === undefined ? own : [...(await readHistory(finder, response.previousId, response.principal)), ...own]
}

/** All that was said up to the end of a response that is stored here. Rejects when a part of it is gone. */
export async function readHistory(finder: Finder, id: string, principal: string): Promise<readonly JsonText[]> {
  const chain: (readonly JsonText[])[] = []
  for (let next: string | undefined = id; next !== undefined; ) {
    const response: StoredResponse | undefined = await findResponse(finder, next, principal)
    if (!response || chain.length >= MAX_CHAIN) throw previousNotFound(next)
    chain.push([...readItems(response.input ?? toJsonText([])), ...outputItems(response)])
    next = response.previousId
  }
  return chain.toReversed().flat()
}
