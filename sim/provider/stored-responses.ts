import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { finalState, outputItems, responseBody, type ResponseState } from './responses-body.ts'
import type { Writing } from './wire.ts'

const KEEP = 1_000
const BACKGROUND_MS = 100

interface Stored {
  readonly writing: Writing
  /** Undefined for one that was made while its client waited. */
  readonly queuedAt: number | undefined
  isCancelled: boolean
  isTold: boolean
}

export interface StoredAnswer {
  readonly status: number
  readonly body: JsonObject
  /** The tokens of a background response, in the first answer that has it at its end. */
  readonly finished?: { readonly input: number; readonly output: number }
}

/** Responses that were made with `store` (the default), in memory and in the order of their making. */
export interface StoredResponses {
  /** Why a request cannot be served: it continues what is not there, or wants in the background what is not stored. */
  refuse(request: JsonObject): StoredAnswer | undefined
  add(writing: Writing): void
  /** The state that a background response is in now. */
  body(id: string): JsonObject | undefined
  /** `GET`, `DELETE`, `…/cancel` and `…/input_items` of `/v1/responses/{id}`; undefined for other paths. */
  answer(method: string, url: URL): StoredAnswer | undefined
  clear(): void
}

const refuse = (status: number, message: string, code: string | null = null, param: string | null = null): StoredAnswer => ({
  status,
  body: { error: { message, type: 'invalid_request_error', param, code } },
})

function stateOf({ writing, queuedAt, isCancelled }: Stored): ResponseState {
  if (isCancelled) return 'cancelled'
  if (queuedAt === undefined) return finalState(writing.reply)
  const duration = writing.script.backgroundMs ?? BACKGROUND_MS
  const elapsed = Date.now() - queuedAt
  if (elapsed < duration / 2) return 'queued'
  return elapsed < duration ? 'in_progress' : finalState(writing.reply)
}

const bodyOf = (stored: Stored): JsonObject => responseBody(stored.writing, stateOf(stored))

function tell(stored: Stored): StoredAnswer {
  const body = bodyOf(stored)
  if (stored.isTold || body['usage'] === null) return { status: 200, body }
  stored.isTold = true
  return { status: 200, body, finished: stored.writing.reply.usage }
}

function inputOf({ writing: { reply, request } }: Stored): readonly JsonObject[] {
  const { input } = request
  const items: readonly JsonValue[] = Array.isArray(input) ? input : [{ role: 'user', content: [{ type: 'input_text', text: typeof input === 'string' ? input : '' }] }]
  return items.map((item, index) => {
    const known = isJsonObject(item) ? item : {}
    return { type: 'message', id: `item_${reply.id.replace(/^resp_/, '')}_${index}`, ...known }
  })
}

function page(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const ordered = query.get('order') === 'asc' ? items : items.toReversed()
  const after = query.get('after')
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  const limit = Number(query.get('limit') ?? 20)
  const data = ordered.slice(start, start + limit)
  return { object: 'list', data, first_id: data[0]?.['id'] ?? null, last_id: data.at(-1)?.['id'] ?? null, has_more: start + limit < ordered.length }
}

export function createStoredResponses(): StoredResponses {
  const all = new Map<string, Stored>()

  /** What was said before, oldest first: the inputs and outputs of the chain, then this input. */
  function history(stored: Stored): readonly JsonObject[] {
    const chain = [stored]
    for (let previous = chain[0]?.writing.request['previous_response_id']; typeof previous === 'string'; ) {
      const before = all.get(previous)
      if (!before) break
      chain.unshift(before)
      previous = before.writing.request['previous_response_id']
    }
    return chain.flatMap((one) => [...inputOf(one), ...(one === stored ? [] : outputItems(one.writing))])
  }

  function cancel(stored: Stored): StoredAnswer {
    if (stored.queuedAt === undefined) return refuse(400, 'Only responses that were made with `background: true` can be cancelled.')
    const state = stateOf(stored)
    if (state === 'queued' || state === 'in_progress') stored.isCancelled = true
    return { status: 200, body: bodyOf(stored) }
  }

  return {
    refuse({ previous_response_id: previous, background, store }) {
      if (background === true && store === false) return refuse(400, 'Background responses need `store: true`.', null, 'store')
      if (typeof previous !== 'string' || all.has(previous)) return undefined
      return refuse(400, `Previous response with id '${previous}' not found.`, 'previous_response_not_found', 'previous_response_id')
    },
    add(writing) {
      if (writing.request['store'] === false) return
      const queuedAt = writing.request['background'] === true ? Date.now() : undefined
      all.set(writing.reply.id, { writing, queuedAt, isCancelled: false, isTold: queuedAt === undefined })
      const oldest = all.size > KEEP ? all.keys().next().value : undefined
      if (oldest !== undefined) all.delete(oldest)
    },
    body(id) {
      const stored = all.get(id)
      return stored && bodyOf(stored)
    },
    answer(method, { pathname, searchParams }) {
      const found = /^\/v1\/responses\/([^/]+)(?:\/(cancel|input_items))?$/.exec(pathname)
      const id = found?.[1] ?? ''
      const what = `${method} ${found?.[2] ?? ''}`.trim()
      if (!found || !['GET', 'DELETE', 'GET input_items', 'POST cancel'].includes(what)) return undefined
      const stored = all.get(id)
      if (!stored) return refuse(404, `Response with id '${id}' not found.`)
      if (what === 'POST cancel') return cancel(stored)
      if (what === 'GET input_items') return { status: 200, body: page(history(stored), searchParams) }
      if (what === 'GET') return searchParams.get('stream') === 'true' ? refuse(400, 'The simulator does not stream stored responses again.', null, 'stream') : tell(stored)
      all.delete(id)
      return { status: 200, body: { id, object: 'response', deleted: true } }
    },
    clear: () => all.clear(),
  }
}
