import type { WebSocket } from 'ws'
import { tellConversation, tellMessage, tellQuestion, type Conversations, type LiveConversation, type PlacedEvent, type Speaker } from '../../core/conversations/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { requestIdOf, writeChatError } from './chat-error.ts'
import type { ClientMessage } from './client-messages.ts'
import { readClientMessage } from './read-client-message.ts'
import { readSettings } from './read-settings.ts'
import { writeEvent, type ToolNotifications } from './write-event.ts'

export interface ChatConnectionDeps {
  readonly conversations: Conversations
  readonly socket: WebSocket
  readonly speaker: Speaker
  readonly notifications: () => ToolNotifications
}

/** A client that does not read is cut off; it comes back and goes on where it was. */
const MOST_UNSENT_BYTES = 16 * 1024 * 1024
const MOST_WAITING = 64

type Replier = (message: JsonObject) => void

/** One client and the conversation that it has open. Messages are dealt with in their order; words on a running answer do not wait. */
export class ChatConnection implements Disposable {
  readonly #deps: ChatConnectionDeps
  #live: LiveConversation | undefined
  #watch: Disposable | undefined
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor(deps: ChatConnectionDeps) {
    this.#deps = deps
  }

  /** Opens the conversation that the address names, or a new one. */
  begin(session: string | undefined, after: number | undefined): void {
    this.#enqueue({}, async () => {
      if (session === undefined) return this.#beginNew({})
      try {
        await this.#open(session, { type: 'session_ready' }, after)
      } catch (thrown) {
        this.#fail(thrown, {})
        this.#beginNew({})
      }
    })
  }

  receive(data: Buffer, isBinary: boolean): void {
    let value: unknown
    try {
      if (isBinary) throw new GatewayError('invalid_request', 'Expected text, got a binary message.')
      const text = data.toString('utf8')
      value = parse(text)
      const message = readClientMessage(value)
      const named = requestIdOf(value)
      if (isUrgent(message) && this.#isAnswering(message)) return void this.#act(message, named).catch((thrown: unknown) => this.#fail(thrown, named))
      this.#enqueue(named, () => this.#act(message, named))
    } catch (thrown) {
      this.#fail(thrown, requestIdOf(value))
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }

  #isAnswering(message: ClientMessage): boolean {
    return message.type !== 'cancel' || this.#live?.isRunning === true
  }

  #enqueue(named: JsonObject, task: () => Promise<void> | void): void {
    if (this.#waiting >= MOST_WAITING) return this.#fail(new GatewayError('overloaded', 'Too many messages are waiting.'), named)
    this.#waiting++
    this.#tail = this.#tail.then(async () => {
      try {
        if (!this.#isClosed) await task()
      } catch (thrown) {
        this.#fail(thrown, named)
      }
      this.#waiting--
    })
  }

  #send(message: JsonObject): void {
    const { socket, speaker } = this.#deps
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MOST_UNSENT_BYTES) {
      speaker.logger.warn({ bytes: socket.bufferedAmount }, 'a chat client does not read')
      return socket.terminate()
    }
    socket.send(JSON.stringify(message))
  }

  #fail(thrown: unknown, named: JsonObject): void {
    const error = asGatewayError(thrown)
    if (error.code === 'internal') this.#deps.speaker.logger.error({ err: error.cause ?? error }, 'unexpected failure')
    this.#send({ ...writeChatError(error), ...named })
  }

  #beginNew(named: JsonObject, changes: Parameters<Conversations['begin']>[1] = {}): void {
    const { conversations, speaker } = this.#deps
    this.#attach(conversations.begin(speaker.principal, changes), { type: 'session_ready', ...named })
  }

  async #open(id: string, as: JsonObject, after?: number): Promise<void> {
    const { conversations, speaker } = this.#deps
    const live = await conversations.open(speaker.principal, id)
    if (!this.#isClosed) this.#attach(live, as, after)
  }

  /** The state and the events behind it are told without a gap between them. */
  #attach(live: LiveConversation, as: JsonObject, after?: number): void {
    this.#watch?.[Symbol.dispose]()
    this.#live = live
    const { conversation, messages, isRunning, questions, place } = live.state
    const missed = after === undefined ? undefined : live.eventsAfter(after)
    this.#watch = live.watch((event) => this.#tell(event, live))
    const base = { ...as, session: tellConversation(conversation), running: isRunning }
    if (missed && after !== undefined) {
      this.#send({ ...base, seq: after, resumed: true })
      for (const event of missed) this.#tell(event, live)
      return
    }
    this.#send({ ...base, seq: place, resumed: false, messages: messages.map(tellMessage) })
    for (const question of questions) this.#send({ seq: place, ...tellQuestion(question) })
  }

  #tell(placed: PlacedEvent, live: LiveConversation): void {
    const message = writeEvent(placed, this.#deps.notifications())
    if (message) this.#send(message)
    if (placed.event.kind === 'deleted' && this.#live === live) this.#enqueue({}, () => this.#beginNew({}))
  }

  #current(): LiveConversation {
    if (!this.#live) throw new GatewayError('unknown_session', 'No conversation is open.')
    return this.#live
  }

  async #act(message: ClientMessage, named: JsonObject): Promise<void> {
    const reply: Replier = (answer) => this.#send({ ...answer, ...named })
    switch (message.type) {
      case 'user_message':
        return this.#say(message)
      case 'cancel':
        return void (await this.#current().cancel())
      case 'clear_history':
        return this.#current().clear()
      case 'set_config':
        return void (await this.#current().change({ settings: readSettings(message) }))
      case 'new_session':
        return this.#beginNew(named, { settings: readSettings(message) })
      case 'resume':
        return this.#open(message.session_id, { type: 'session_ready', ...named }, message.after)
      case 'load_session':
        return this.#open(message.session_id, { type: 'session_loaded', ...named })
      case 'approval_response':
        return this.#current().reply(message.id, { kind: 'approval', isApproved: message.approved, reason: message.reason })
      case 'elicitation_response':
        return this.#current().reply(message.id, { kind: 'elicitation', action: message.action, content: message.content })
      default:
        return this.#administer(message, reply)
    }
  }

  async #say({ content, attachments = [], request_id: clientId }: ClientMessage & { readonly type: 'user_message' }): Promise<void> {
    const read = attachments.map((each, index) => ('resource' in each ? ({ kind: 'resource', uri: each.resource } as const) : ({ kind: 'file', name: each.name ?? `attachment-${index + 1}`, url: each.url } as const)))
    if (content.trim() === '' && read.length === 0) throw new GatewayError('invalid_request', 'Expected `content` or `attachments` to say something.')
    await this.#current().say({ content, attachments: read }, this.#deps.speaker, clientId)
  }

  async #administer(message: ClientMessage & { readonly type: 'save_session' | 'list_sessions' | 'rename_session' | 'delete_session' }, reply: Replier): Promise<void> {
    const { conversations, speaker } = this.#deps
    const { principal } = speaker
    switch (message.type) {
      case 'save_session': {
        const { id, title } = this.#current().conversation
        const saved = await conversations.save(principal, id, message.name ?? (title === '' ? id : title))
        return reply({ type: 'session_saved', session: tellConversation(saved) })
      }
      case 'list_sessions': {
        const all = await conversations.list(principal)
        const wanted = all.filter(({ saved, isFavourite }) => (message.saved !== true || saved !== undefined) && (message.favourite !== true || isFavourite))
        return reply({ type: 'session_list', sessions: wanted.map(tellConversation) })
      }
      case 'rename_session': {
        const renamed = await conversations.rename(principal, message.session_id ?? this.#current().conversation.id, message.name)
        return reply({ type: 'session_renamed', session: tellConversation(renamed) })
      }
      case 'delete_session': {
        const isOpen = this.#live?.conversation.id === message.session_id
        await conversations.remove(principal, message.session_id)
        // Who has it open is told by its last event.
        if (!isOpen) reply({ type: 'session_deleted', session_id: message.session_id })
      }
    }
  }
}

/** What is said on a running answer cannot wait behind it. */
const isUrgent = ({ type }: ClientMessage): boolean => type === 'cancel' || type === 'approval_response' || type === 'elicitation_response'

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', 'Expected a message to be JSON.', { cause })
  }
}
