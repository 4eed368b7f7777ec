import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { ChatQuestion } from './chat-event.ts'

/** What somebody said to a question. */
export type QuestionReply =
  | { readonly kind: 'approval'; readonly isApproved: boolean; readonly reason: string | undefined }
  | { readonly kind: 'elicitation'; readonly action: 'accept' | 'decline' | 'cancel'; readonly content: Readonly<Record<string, unknown>> | undefined }

/** Everything of a question but its id and its end. */
export type Asked = ChatQuestion extends infer Q ? (Q extends ChatQuestion ? Omit<Q, 'id' | 'expiresAt'> : never) : never

interface Waiting {
  readonly question: ChatQuestion
  settle(reply: QuestionReply | undefined): void
}

/** Questions that an answer waits for. An id is good once, for the question that it was given with. */
export interface Questions {
  readonly open: readonly ChatQuestion[]
  /** The first reply; undefined when none came in time. Rejects when the signal ends the wait. */
  ask(asked: Asked, waitMs: number, signal: AbortSignal): Promise<QuestionReply | undefined>
  /** Throws `not_found` for a question that is not open, and `invalid_request` for a reply to another kind of question. */
  reply(id: string, reply: QuestionReply): void
}

export interface QuestionListener {
  opened(question: ChatQuestion): void
  closed(id: string): void
}

export function createQuestions(listener: QuestionListener): Questions {
  const waiting = new Map<string, Waiting>()
  return {
    get open() {
      return [...waiting.values()].map(({ question }) => question)
    },
    ask(asked, waitMs, signal) {
      return new Promise((resolve, reject) => {
        const id = `ask_${randomUUID().replaceAll('-', '')}`
        const question = { ...asked, id, expiresAt: new Date(Date.now() + waitMs) }
        const close = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', onAbort)
          waiting.delete(id)
          listener.closed(id)
        }
        const settle = (reply: QuestionReply | undefined): void => {
          close()
          resolve(reply)
        }
        const onAbort = (): void => {
          close()
          reject(signal.reason instanceof Error ? signal.reason : new GatewayError('cancelled', 'The answer was cancelled.'))
        }
        const timer = setTimeout(() => settle(undefined), waitMs)
        waiting.set(id, { question, settle })
        listener.opened(question)
        if (signal.aborted) return onAbort()
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
    reply(id, reply) {
      const found = waiting.get(id)
      if (!found) throw new GatewayError('not_found', 'This question is not open: it was answered, or its time is over.')
      if (found.question.kind !== reply.kind) throw new GatewayError('invalid_request', `Expected a reply to a question of kind \`${found.question.kind}\`.`)
      found.settle(reply)
    },
  }
}
