import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { ConversationStore } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import type { Catalog } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import type { Runs } from '../runs/index.ts'
import { planCleanUp } from './clean-up.ts'
import type { Conversation, ConversationSettings } from './conversation.ts'
import { createResourceList } from './list-resources.ts'
import { LiveConversation, type ConversationChanges, type LiveDeps } from './live-conversation.ts'
import { DEFAULT_CHAT_SETTINGS, type ChatSettings } from './settings.ts'
import { readConversation, readMessage } from './stored-forms.ts'

export interface ConversationsDeps {
  readonly runs: Runs
  readonly catalog: Catalog
  readonly calls: Calls
  readonly store: ConversationStore
  readonly logger: Logger
  /** Read as needed: what differs from the defaults. */
  settings?(): Partial<ChatSettings>
}

/**
 * Conversations with models. Each belongs to its principal; to anybody else it does not exist. Disposing it ends running answers and
 * keeps what there is of them.
 */
export interface Conversations extends AsyncDisposable {
  /** After a start: answers that the last process did not finish become interrupted. */
  recover(): Promise<void>
  /** A new one, which nothing is kept of before something is said or changed in it. Throws `gateway_draining`. */
  begin(principal: Principal, changes?: ConversationChanges): LiveConversation
  /** Those that are kept, the one that was used last first. */
  list(principal: Principal): Promise<readonly Conversation[]>
  /** Throws `unknown_session`. */
  open(principal: Principal, id: string): Promise<LiveConversation>
  /** Keeps one under a name. Throws `storage_unavailable` when there are as many as may be, and `forbidden` when none may be. */
  save(principal: Principal, id: string, name: string | undefined): Promise<Conversation>
  /** Also of what it was saved as. */
  rename(principal: Principal, id: string, name: string): Promise<Conversation>
  remove(principal: Principal, id: string): Promise<void>
  /** Removes what nobody is to keep any more; gives how many. It also happens by itself. */
  cleanUp(): Promise<number>
  /** Begins no new answers and settles when the running ones have ended. */
  drain(): Promise<void>
}

/** How long one is at hand for somebody who comes back. */
const IDLE_MS = 60_000

const unknown = (id: string): GatewayError => new GatewayError('unknown_session', `There is no conversation \`${id}\`.`)

class ConversationRoom implements Conversations {
  readonly #deps: ConversationsDeps
  readonly #live = new Map<string, LiveConversation>()
  readonly #opening = new Map<string, Promise<LiveConversation>>()
  readonly #leaving = new Map<string, NodeJS.Timeout>()
  readonly #liveDeps: LiveDeps
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(deps: ConversationsDeps) {
    this.#deps = deps
    const { runs, catalog, calls, store } = deps
    this.#liveDeps = {
      catalog,
      calls,
      store,
      run: runs.run,
      admit: () => this.#admit(),
      resources: createResourceList(catalog, Date),
      settings: () => this.#settings(),
      onIdle: (live) => this.#leave(live),
    }
    this.#scheduleCleanUp()
  }

  #settings(): ChatSettings {
    return { ...DEFAULT_CHAT_SETTINGS, ...this.#deps.settings?.() }
  }

  #admit(): void {
    if (this.#isClosed) throw new GatewayError('gateway_draining', 'The gateway is shutting down.', { retryAfterMs: 1000 })
  }

  recover(): Promise<void> {
    return this.#deps.store.interruptStreaming()
  }

  begin(principal: Principal, changes: ConversationChanges = {}): LiveConversation {
    this.#admit()
    const now = new Date()
    const settings: ConversationSettings = { model: undefined, systemPrompt: '', parameters: {}, tools: undefined, maxToolHops: undefined, streaming: this.#settings().streaming, ...changes.settings }
    const conversation: Conversation = { id: `chat_${randomUUID().replaceAll('-', '')}`, principal: principal.id, title: changes.title ?? '', settings, isFavourite: changes.isFavourite ?? false, saved: undefined, createdAt: now, updatedAt: now }
    const live = new LiveConversation(this.#liveDeps, conversation, [])
    this.#live.set(conversation.id, live)
    this.#leave(live)
    return live
  }

  async list(principal: Principal): Promise<readonly Conversation[]> {
    return (await this.#deps.store.list(principal.id)).map(readConversation)
  }

  async open(principal: Principal, id: string): Promise<LiveConversation> {
    const live = this.#live.get(id) ?? (await this.#load(id))
    if (live.conversation.principal !== principal.id) throw unknown(id)
    this.#leave(live)
    return live
  }

  #load(id: string): Promise<LiveConversation> {
    const opening = this.#opening.get(id)
    if (opening) return opening
    const load = async (): Promise<LiveConversation> => {
      const [stored, messages] = await Promise.all([this.#deps.store.find(id), this.#deps.store.messages(id)])
      if (!stored) throw unknown(id)
      const live = new LiveConversation(this.#liveDeps, readConversation(stored), messages.map(readMessage))
      this.#live.set(id, live)
      return live
    }
    const loading = load().finally(() => this.#opening.delete(id))
    this.#opening.set(id, loading)
    return loading
  }

  save(principal: Principal, id: string, name: string | undefined): Promise<Conversation> {
    // One after the other, so that the limit holds.
    const saving = this.#saving.then(() => this.#save(principal, id, name))
    this.#saving = saving.catch(() => undefined)
    return saving
  }

  async #save(principal: Principal, id: string, name: string | undefined): Promise<Conversation> {
    const live = await this.open(principal, id)
    const { enabled, maxSaved } = this.#settings().saved
    if (!enabled) throw new GatewayError('forbidden', 'Conversations are not saved here (`chat.saved.enabled`).')
    if (name !== undefined && !live.conversation.saved) {
      const count = (await this.#deps.store.list(principal.id)).filter(({ savedName }) => savedName !== undefined).length
      if (count >= maxSaved) throw new GatewayError('storage_unavailable', `${count} conversations are saved already: delete one, or raise \`chat.saved.maxSaved\`.`)
    }
    return live.save(name)
  }

  async rename(principal: Principal, id: string, name: string): Promise<Conversation> {
    return (await this.open(principal, id)).rename(name)
  }

  async remove(principal: Principal, id: string): Promise<void> {
    const live = await this.open(principal, id)
    await live.remove()
    this.#forget(live)
  }

  async cleanUp(): Promise<number> {
    const isOpen = (id: string): boolean => this.#live.get(id)?.isIdle === false || this.#opening.has(id)
    const gone = planCleanUp(await this.#deps.store.list(), isOpen, this.#settings(), Date.now())
    for (const id of gone) {
      // Somebody may have opened it since.
      if (isOpen(id)) continue
      const live = this.#live.get(id)
      if (live) await live.remove()
      else await this.#deps.store.remove(id)
      if (live) this.#forget(live)
    }
    return gone.length
  }

  #scheduleCleanUp(): void {
    this.#timer = setTimeout(() => void this.#cleanUpAgain(), this.#settings().retention.cleanupIntervalMs)
    this.#timer.unref()
  }

  async #cleanUpAgain(): Promise<void> {
    try {
      await this.cleanUp()
    } catch (err) {
      this.#deps.logger.error({ err }, 'old conversations could not be removed')
    }
    if (!this.#isClosed) this.#scheduleCleanUp()
  }

  #forget({ conversation: { id } }: LiveConversation): void {
    clearTimeout(this.#leaving.get(id))
    this.#leaving.delete(id)
    this.#live.delete(id)
  }

  /** Forgets it after a while, if nobody is there by then. */
  #leave(live: LiveConversation): void {
    const { id } = live.conversation
    clearTimeout(this.#leaving.get(id))
    const timer = setTimeout(() => {
      if (live.isIdle) this.#forget(live)
    }, IDLE_MS)
    timer.unref()
    this.#leaving.set(id, timer)
  }

  async drain(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#live.values()].map((live) => live.settled()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const reason = new GatewayError('gateway_draining', 'The gateway shut down before this answer was complete.')
    await Promise.all([...this.#live.values()].map((live) => live.cancel(reason)))
    for (const timer of this.#leaving.values()) clearTimeout(timer)
  }
}

export function createConversations(deps: ConversationsDeps): Conversations {
  return new ConversationRoom(deps)
}
