import type { ConversationStore } from '../../storage/index.ts'
import type { ConversationMessage } from './conversation.ts'
import type { ChatSettings } from './settings.ts'
import { storeMessage } from './stored-forms.ts'

export interface AnswerWriterDeps {
  readonly store: ConversationStore
  readonly conversation: string
  readonly persistence: ChatSettings['persistence']
  /** The answer as it is now. */
  readonly current: () => ConversationMessage
  readonly onFailure: (error: unknown) => void
}

/**
 * Keeps an answer in the store while it comes: text is written when it is `intervalMs` old or `minChars` long, whichever is first, and
 * never while the write before is still on its way. What a crash loses is no more than that, and what that write had.
 */
export class AnswerWriter {
  readonly #deps: AnswerWriterDeps
  #content = ''
  #thinking = ''
  /** Something beside the texts has changed, so that the row is written whole. */
  #isWholeDue = true
  /** When the first thing came that no write has yet. */
  #dueSince: number | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #isClosed = false

  constructor(deps: AnswerWriterDeps) {
    this.#deps = deps
  }

  push(content: string, thinking: string): void {
    if (this.#isClosed || !this.#deps.persistence.persistDeltas) return
    this.#content += content
    this.#thinking += thinking
    this.#schedule()
  }

  /** Steps and the like have changed. */
  noteChange(): void {
    if (this.#isClosed || !this.#deps.persistence.persistDeltas) return
    this.#isWholeDue = true
    this.#schedule()
  }

  #schedule(): void {
    const { intervalMs, minChars } = this.#deps.persistence
    this.#dueSince ??= performance.now()
    if (this.#writing) return
    if (this.#content.length + this.#thinking.length >= minChars) return this.#flush()
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#dueSince + intervalMs - performance.now()))
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { store, conversation, current, onFailure } = this.#deps
    const [content, thinking, isWhole] = [this.#content, this.#thinking, this.#isWholeDue]
    this.#content = ''
    this.#thinking = ''
    this.#isWholeDue = false
    this.#dueSince = undefined
    const message = current()
    const write = isWhole ? store.putMessage(storeMessage(conversation, message)) : store.appendText(conversation, message.sequence, content, thinking)
    this.#writing = write
      .catch((error: unknown) => {
        // The next write has everything.
        this.#isWholeDue = true
        onFailure(error)
      })
      .then(() => {
        this.#writing = undefined
        if (!this.#isClosed && (this.#isWholeDue || this.#dueSince !== undefined)) this.#schedule()
      })
  }

  /** Writes the answer as it ended; undefined forgets what was written of it. Rejects when that cannot be done. */
  async finish(message: ConversationMessage | undefined): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#writing
    if (message) await this.#deps.store.putMessage(storeMessage(this.#deps.conversation, message))
  }
}
