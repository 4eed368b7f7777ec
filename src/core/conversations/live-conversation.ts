import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { ConversationStore } from '../../storage/index.ts'
import type { Runs } from '../runs/index.ts'
import { answerConversation, type Speaker } from './answer-conversation.ts'
import { AnswerDraft } from './answer-draft.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { ServerDeps } from './ask-servers.ts'
import type { ChatEvent, ChatQuestion, PlacedEvent } from './chat-event.ts'
import { keepNewest } from './clean-up.ts'
import type { Conversation, ConversationMessage, ConversationSettings } from './conversation.ts'
import { createEventLog } from './event-log.ts'
import type { ResourceList } from './list-resources.ts'
import { createQuestions, type QuestionReply } from './questions.ts'
import { readInput, type UserInput } from './said-input.ts'
import type { ChatSettings } from './settings.ts'
import { storeConversation, storeMessage } from './stored-forms.ts'
import { writeInOrder } from './write-in-order.ts'
import { writeQuestion } from './write-question.ts'

export interface LiveDeps extends ServerDeps {
  readonly run: Runs['run']
  readonly store: ConversationStore
  readonly resources: ResourceList
  readonly settings: () => ChatSettings
  /** Throws while nothing new may begin. */
  readonly admit: () => void
  /** Called when nobody watches it and nothing runs in it. */
  readonly onIdle: (live: LiveConversation) => void
}

export interface ConversationChanges {
  readonly title?: string
  readonly isFavourite?: boolean
  readonly settings?: Partial<ConversationSettings>
}

/** How an answer ended. The message is undefined when nothing came of it. */
export interface AnswerOutcome {
  readonly message: ConversationMessage | undefined
  readonly error: GatewayError | undefined
}

export interface SaidMessage {
  /** Durable. */
  readonly message: ConversationMessage
  /** Never rejects. */
  readonly answered: Promise<AnswerOutcome>
}

/** A conversation at one moment: what comes behind `place` is told as events. */
export interface ConversationState {
  readonly conversation: Conversation
  /** The last one is `streaming` while an answer comes. */
  readonly messages: readonly ConversationMessage[]
  readonly isRunning: boolean
  readonly questions: readonly ChatQuestion[]
  readonly place: number
}

const TITLE_LENGTH = 60

function titleOf(content: string): string {
  const line = content.trim().split('\n', 1)[0] ?? ''
  return line.length <= TITLE_LENGTH ? line : `${line.slice(0, TITLE_LENGTH - 1).trimEnd()}…`
}

const removed = (): GatewayError => new GatewayError('unknown_session', 'This conversation was deleted.')

/**
 * A conversation that somebody has open: one at a time in the process, however many watch it. It runs one answer at a time, tells all
 * watchers the same events in the same order, and keeps what is said in the store. An answer does not need anybody to watch it.
 */
export class LiveConversation {
  readonly #deps: LiveDeps
  readonly #store: ConversationStore
  readonly #log = createEventLog(Date.now())
  readonly #watchers = new Set<(event: PlacedEvent) => void>()
  readonly #questions = createQuestions({
    opened: (question) => this.#emit({ kind: 'question', question }),
    closed: (id) => this.#emit({ kind: 'question-closed', id }),
  })
  #conversation: Conversation
  #messages: readonly ConversationMessage[]
  #running: { readonly controller: AbortController; readonly done: Promise<AnswerOutcome>; draft: AnswerDraft | undefined } | undefined
  #orphan: NodeJS.Timeout | undefined
  #isDeleted = false

  constructor(deps: LiveDeps, conversation: Conversation, messages: readonly ConversationMessage[]) {
    this.#deps = deps
    this.#store = writeInOrder(deps.store)
    this.#conversation = conversation
    this.#messages = messages
  }

  get conversation(): Conversation {
    return this.#conversation
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Whether it may be forgotten here: the store has it. */
  get isIdle(): boolean {
    return this.#running === undefined && this.#watchers.size === 0
  }

  get state(): ConversationState {
    const draft = this.#running?.draft
    const isSaid = draft !== undefined && !draft.isEmpty
    return {
      conversation: this.#conversation,
      messages: isSaid ? [...this.#messages, draft.current()] : this.#messages,
      isRunning: this.isRunning,
      questions: this.#questions.open,
      place: this.#log.place,
    }
  }

  /** Every event from now on. */
  watch(watcher: (event: PlacedEvent) => void): Disposable {
    this.#watchers.add(watcher)
    clearTimeout(this.#orphan)
    return {
      [Symbol.dispose]: () => {
        if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return
        if (this.#running) this.#startOrphan()
        else this.#deps.onIdle(this)
      },
    }
  }

  /** What was told behind a place; undefined when that is not known any more, and `state` has to be read instead. */
  eventsAfter(place: number): readonly PlacedEvent[] | undefined {
    return this.#log.after(place)
  }

  /** Settles when the message is durable; then the model is asked. Throws `conflict` while an answer runs. */
  async say(input: UserInput, speaker: Speaker, clientId?: string): Promise<SaidMessage> {
    this.#check()
    this.#deps.admit()
    if (this.#running) throw new GatewayError('conflict', 'An answer is running in this conversation: wait for its end, or cancel it.')
    const controller = new AbortController()
    const outcome = Promise.withResolvers<AnswerOutcome>()
    this.#running = { controller, done: outcome.promise, draft: undefined }
    try {
      const message = await this.#keepInput(input, speaker, controller.signal)
      this.#emit({ kind: 'user-message', message, clientId })
      if (this.#watchers.size === 0) this.#startOrphan()
      this.#answer(speaker, controller.signal).then(outcome.resolve, (thrown: unknown) => {
        speaker.logger.error({ err: thrown }, 'a conversation failed')
        this.#rest()
        outcome.resolve({ message: undefined, error: asGatewayError(thrown) })
      })
      return { message, answered: outcome.promise }
    } catch (error) {
      this.#rest()
      outcome.resolve({ message: undefined, error: asGatewayError(error) })
      throw error
    }
  }

  /** Ends the running answer and settles when it has ended; what there is of it stays. False when none ran. */
  async cancel(reason = new GatewayError('cancelled', 'The answer was cancelled.')): Promise<boolean> {
    if (!this.#running) return false
    const { controller, done } = this.#running
    controller.abort(reason)
    await done
    return true
  }

  /** Settles when no answer runs. */
  async settled(): Promise<void> {
    await this.#running?.done
  }

  async clear(): Promise<void> {
    await this.cancel()
    this.#check()
    await this.#store.removeMessages(this.#conversation.id, this.#nextSequence())
    this.#messages = []
    this.#emit({ kind: 'cleared' })
  }

  async change({ settings, ...rest }: ConversationChanges): Promise<Conversation> {
    return this.#replace({ ...this.#conversation, ...rest, settings: { ...this.#conversation.settings, ...settings }, updatedAt: new Date() })
  }

  async rename(name: string): Promise<Conversation> {
    const { saved } = this.#conversation
    return this.#replace({ ...this.#conversation, title: name, saved: saved && { ...saved, name } })
  }

  /** Keeps it under a name, by the rules of what was saved; undefined ends that. */
  async save(name: string | undefined): Promise<Conversation> {
    const { saved } = this.#conversation
    return this.#replace({ ...this.#conversation, saved: name === undefined ? undefined : { name, at: saved?.at ?? new Date() } })
  }

  async remove(): Promise<void> {
    await this.cancel()
    this.#check()
    this.#isDeleted = true
    await this.#store.remove(this.#conversation.id)
    this.#emit({ kind: 'deleted', id: this.#conversation.id })
  }

  reply(id: string, reply: QuestionReply): void {
    this.#questions.reply(id, reply)
  }

  #check(): void {
    if (this.#isDeleted) throw removed()
  }

  #emit(event: ChatEvent): void {
    const placed = this.#log.add(event)
    for (const watcher of this.#watchers) watcher(placed)
  }

  #rest(): void {
    this.#running = undefined
    clearTimeout(this.#orphan)
    if (this.#watchers.size === 0) this.#deps.onIdle(this)
  }

  #startOrphan(): void {
    clearTimeout(this.#orphan)
    this.#orphan = setTimeout(() => void this.cancel(new GatewayError('cancelled', 'Nobody watched the answer any more.')), this.#deps.settings().orphanMs)
  }

  #nextSequence(): number {
    return (this.#messages.at(-1)?.sequence ?? 0) + 1
  }

  async #replace(conversation: Conversation): Promise<Conversation> {
    this.#check()
    await this.#store.put(storeConversation(conversation))
    this.#conversation = conversation
    this.#emit({ kind: 'changed', conversation })
    return conversation
  }

  async #keepInput(input: UserInput, { principal, logger }: Speaker, signal: AbortSignal): Promise<ConversationMessage> {
    const { notes, wire } = await readInput(input, this.#deps, { principal, logger, signal })
    const before = this.#conversation
    const message: ConversationMessage = {
      sequence: this.#nextSequence(),
      role: 'user',
      state: 'complete',
      content: input.content,
      thinking: '',
      createdAt: new Date(),
      attachments: notes,
      steps: [],
      model: undefined,
      usage: undefined,
      finishReason: undefined,
      wire,
    }
    const conversation = { ...before, title: before.title === '' ? titleOf(input.content) : before.title, updatedAt: message.createdAt }
    // At once: what is changed while this is written begins from here.
    this.#conversation = conversation
    await Promise.all([this.#store.put(storeConversation(conversation)), this.#store.putMessage(storeMessage(conversation.id, message))])
    this.#messages = [...this.#messages, message]
    return message
  }

  async #answer(speaker: Speaker, signal: AbortSignal): Promise<AnswerOutcome> {
    const { resources, settings, run } = this.#deps
    const chat = settings()
    const { principal, logger } = speaker
    const base = { sequence: this.#nextSequence(), createdAt: new Date(), model: this.#conversation.settings.model ?? chat.model }
    const draft = new AnswerDraft(base)
    const writer = new AnswerWriter({
      store: this.#store,
      conversation: this.#conversation.id,
      persistence: chat.persistence,
      current: () => draft.current(),
      onFailure: (err) => logger.error({ err }, 'a part of an answer could not be stored'),
    })
    if (this.#running) this.#running.draft = draft
    let message: ConversationMessage | undefined
    let error: GatewayError | undefined
    try {
      const told = await resources.describe(principal, chat.resources)
      const question = writeQuestion(this.#conversation.settings, this.#messages, chat, principal, told)
      const answer = await answerConversation(question, {
        run,
        speaker: { ...speaker, logger: logger.child({ conversation: this.#conversation.id }) },
        draft,
        questions: this.#questions,
        waitMs: chat.approvalMs,
        signal,
        emit: (event) => this.#emit(event),
        said: ({ content, thinking }) => {
          if (content === '' && thinking === '') return
          writer.push(content, thinking)
          if (question.streaming) this.#emit({ kind: 'delta', message: base.sequence, ...(content === '' ? {} : { content }), ...(thinking === '' ? {} : { thinking }) })
        },
        stepped: () => writer.noteChange(),
      })
      message = draft.completed(answer)
    } catch (thrown) {
      error = asGatewayError(thrown)
      if (error.code === 'internal') logger.error({ err: thrown }, 'an answer failed')
      const wasCancelled = error.code === 'cancelled'
      if (!draft.isEmpty || wasCancelled) message = draft.interrupted(wasCancelled ? 'cancelled' : 'error')
    }
    return this.#keepAnswer(writer, message, error, logger)
  }

  async #keepAnswer(writer: AnswerWriter, message: ConversationMessage | undefined, failure: GatewayError | undefined, logger: Speaker['logger']): Promise<AnswerOutcome> {
    let error = failure
    try {
      await writer.finish(message)
    } catch (thrown) {
      // The answer is told all the same: it cost something.
      logger.error({ err: thrown }, 'an answer could not be stored')
      error ??= asGatewayError(thrown)
    }
    const all = message ? [...this.#messages, message] : this.#messages
    this.#messages = keepNewest(all, this.#deps.settings().retention.maxMessages)
    const [first] = this.#messages
    // Whoever is told of the end may say the next thing at once.
    this.#rest()
    if (message) this.#emit({ kind: 'answer-ended', message })
    if (error && error.code !== 'cancelled') this.#emit({ kind: 'failed', error })
    if (first && this.#messages.length < all.length) {
      await this.#store.removeMessages(this.#conversation.id, first.sequence).catch((err: unknown) => logger.error({ err }, 'old messages could not be removed'))
    }
    return { message, error }
  }
}
