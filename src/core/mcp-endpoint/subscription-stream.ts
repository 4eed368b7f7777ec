import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { RPC, RpcError, type RpcId } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import { declaresTasks, missingTasks, type Calls, type ResourceSubscriber } from '../calls/index.ts'
import { serverOf, type CatalogChange, type CatalogFilter, type CatalogView } from '../catalog/index.ts'
import { changedLists, type ListName } from './changed-lists.ts'
import type { Principal } from '../identity/index.ts'
import type { ClientChannel } from './client-channel.ts'
import { META } from './revisions.ts'
import { writeNotification } from './write-message.ts'

const FLAGS: Readonly<Record<ListName, string>> = { tools: 'toolsListChanged', prompts: 'promptsListChanged', resources: 'resourcesListChanged' }

export interface SubscriptionStreamDeps {
  readonly id: RpcId
  readonly params: JsonText | undefined
  readonly filter: CatalogFilter
  readonly mode: DisclosureMode
  /** The newest view, asked for with every change. */
  readonly view: () => CatalogView
  readonly principal: Principal
  readonly calls: Calls
  readonly channel: ClientChannel
  readonly logger: Logger
}

/** One `subscriptions/listen` of a modern client: what it asked for and the view can tell, and nothing else. */
export interface SubscriptionStream extends Disposable {
  /** Subscribes and sends the acknowledgement, which is the first message of the stream. */
  open(): Promise<void>
  catalogChanged(change: CatalogChange): void
  /** The result that ends the stream. */
  readonly result: JsonText
}

function readFilter(params: JsonText | undefined): JsonObject {
  const text = params && readMember(params, 'notifications')
  const value = text === undefined ? undefined : parseJsonText(text)
  if (!isJsonObject(value)) throw new RpcError(RPC.invalidParams, 'Expected `params.notifications` to be an object.')
  return value
}

function readTexts(filter: JsonObject, key: 'resourceSubscriptions' | 'taskIds'): readonly string[] {
  const texts = filter[key] ?? []
  if (!Array.isArray(texts) || !(texts as readonly unknown[]).every((text) => typeof text === 'string')) {
    throw new RpcError(RPC.invalidParams, `Expected \`params.notifications.${key}\` to be strings.`)
  }
  return texts as readonly string[]
}

class Stream implements SubscriptionStream, ResourceSubscriber {
  readonly #deps: SubscriptionStreamDeps
  readonly #wanted: JsonObject
  readonly #uris: readonly string[]
  readonly #taskIds: readonly string[]
  readonly #watches = new Map<string, Disposable>()
  readonly #lists = new Set<ListName>()
  #isOpen = false
  #isClosed = false

  constructor(deps: SubscriptionStreamDeps) {
    this.#deps = deps
    this.#wanted = readFilter(deps.params)
    this.#uris = readTexts(this.#wanted, 'resourceSubscriptions')
    this.#taskIds = readTexts(this.#wanted, 'taskIds')
    if (this.#taskIds.length > 0 && !declaresTasks(deps.params)) throw missingTasks('`taskIds`')
  }

  get result(): JsonText {
    return `{"resultType":"complete","_meta":{"${META.subscriptionId}":${JSON.stringify(this.#deps.id)}}}` as JsonText
  }

  #send(method: string, params: JsonText): void {
    const meta = readMember(params, '_meta') ?? EMPTY_OBJECT
    const tagged = editMembers(meta, { [META.subscriptionId]: toJsonText(this.#deps.id) })
    this.#deps.channel.send(writeNotification(method, editMembers(params, { _meta: tagged })))
  }

  async #subscribe(): Promise<readonly string[]> {
    const { calls, view, logger } = this.#deps
    const outcomes = await Promise.all(
      this.#uris.map(async (uri) => {
        try {
          await calls.subscribe(this, { view: view(), era: 'modern', params: toJsonText({ uri }) })
          return [uri]
        } catch (error) {
          logger.info({ err: error }, 'a resource subscription was not honoured')
          return []
        }
      }),
    )
    return outcomes.flat()
  }

  /** Only what the principal may see is honoured; the first notice tells how the task stands. */
  #watchTasks(): readonly string[] {
    const { calls, view, principal, logger } = this.#deps
    return this.#taskIds.filter((id) => {
      const onChange = (task: JsonText): void => {
        if (this.#isOpen && !this.#isClosed) this.#send('notifications/tasks', task)
      }
      const watch = calls.watchTask(id, { view: view(), principal, logger }, onChange)
      if (watch) this.#watches.set(id, watch)
      return watch !== undefined
    })
  }

  async open(): Promise<void> {
    const capabilities = this.#deps.view().capabilities('modern')
    const honoured: Record<string, true | readonly string[]> = {}
    for (const list of Object.keys(FLAGS) as ListName[]) {
      if (this.#wanted[FLAGS[list]] !== true || capabilities[list] === undefined) continue
      this.#lists.add(list)
      honoured[FLAGS[list]] = true
    }
    if (this.#uris.length > 0) honoured['resourceSubscriptions'] = await this.#subscribe()
    if (this.#isClosed) return this.#deps.calls.drop(this)
    if (this.#taskIds.length > 0) honoured['taskIds'] = this.#watchTasks()
    this.#isOpen = true
    this.#send('notifications/subscriptions/acknowledged', toJsonText({ notifications: honoured }))
  }

  catalogChanged(change: CatalogChange): void {
    if (!this.#isOpen || this.#isClosed) return
    for (const list of changedLists(change, this.#deps.filter, this.#deps.mode)) {
      if (this.#lists.has(list)) this.#send(`notifications/${list}/list_changed`, EMPTY_OBJECT)
    }
  }

  updated(server: Parameters<ResourceSubscriber['updated']>[0], uri: string, params: JsonText): void {
    if (!this.#isOpen || this.#isClosed) return
    const view = this.#deps.view()
    // It was in the view when the client subscribed; a preset may have changed since.
    const shown = serverOf(view, server)
    if (shown === undefined) return
    this.#send('notifications/resources/updated', editMembers(params, { uri: toJsonText(view.exposeUri(shown, uri)) }))
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const watch of this.#watches.values()) watch[Symbol.dispose]()
    this.#deps.calls.drop(this)
  }
}

/** Throws when the params are no filter. */
export function createSubscriptionStream(deps: SubscriptionStreamDeps): SubscriptionStream {
  return new Stream(deps)
}
