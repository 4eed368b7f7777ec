import { readInputItems, type StorageWish } from '../../dialects/index.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { ResponseStore, StoredResponse } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ExchangeRequest } from '../exchange/index.ts'
import type { ToldAnswer } from './answer-tap.ts'
import type { ResponseSettings } from './settings.ts'

/** What of a new response is known before anybody was asked. */
export interface Draft {
  readonly id: string
  readonly createdAt: Date
  readonly request: ExchangeRequest
  readonly wish: StorageWish
  /** When that response is stored here. */
  readonly previousId: string | undefined
}

export interface RecordsDeps {
  readonly store: ResponseStore
  readonly logger: Logger
  readonly settings: ResponseSettings
  readonly now: () => Date
}

/** Writes responses down, and now and then forgets old ones. */
export interface ResponseRecords {
  save(response: StoredResponse): Promise<void>
  /** The record of a response that is stored here and has said nothing yet. */
  queued(draft: Draft, body: JsonText): StoredResponse
  /** Never rejects: the answer is there, and that it cannot be kept must not take it away. */
  keep(draft: Draft, told: ToldAnswer): Promise<void>
}

/** Old records are looked for with every so many new ones. */
const TIDY_EVERY = 32

export function createResponseRecords({ store, logger, settings, now }: RecordsDeps): ResponseRecords {
  let saved = 0
  async function save(response: StoredResponse): Promise<void> {
    await store.save(response)
    if (++saved % TIDY_EVERY !== 0) return
    await store.keepNewest(response.principal, settings.maxPerPrincipal)
    await store.removeExpired(now())
  }
  function record({ createdAt, request, wish, previousId }: Draft, told: ToldAnswer, status: StoredResponse['status']): StoredResponse {
    const isHere = told.body !== undefined
    return {
      ...told,
      principal: request.principal.id,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + settings.retentionMs),
      publicModel: request.facts.model,
      place: isHere ? 'gateway' : 'provider',
      status,
      isBackground: wish.isBackground,
      previousId: isHere ? previousId : undefined,
      input: isHere ? (`[${readInputItems(request.body).join(',')}]` as JsonText) : undefined,
    }
  }
  return {
    save,
    queued: (draft, body) => record(draft, { id: draft.id, provider: '', model: '', body }, 'queued'),
    async keep(draft, told) {
      if (!draft.wish.stores) return
      try {
        const status = told.body === undefined ? undefined : readMember(told.body, 'status')
        await save(record(draft, told, status === '"incomplete"' ? 'incomplete' : 'completed'))
      } catch (error) {
        logger.error({ err: error, response: told.id }, 'a response could not be recorded')
      }
    },
  }
}
