import { RpcError } from '../../../domain/json-rpc.ts'
import { EMPTY_OBJECT, readMember, type JsonText } from '../../../lib/json-text.ts'

/** Questions of a server that wait until a modern client fetches and answers them. */
export interface OpenQuestions extends Disposable {
  /** Settles with the first question that is open. */
  readonly asked: Promise<void>
  ask(method: string, params: JsonText | undefined): Promise<JsonText>
  /** As `inputRequests`; undefined when none is open. */
  text(): JsonText | undefined
  /** Takes `inputResponses`; answers to nothing are ignored. */
  answer(responses: JsonText): void
}

interface Question {
  readonly method: string
  readonly params: JsonText | undefined
  readonly answer: PromiseWithResolvers<JsonText>
}

export function createOpenQuestions(): OpenQuestions {
  const open = new Map<string, Question>()
  let asked = Promise.withResolvers<void>()
  let count = 0
  return {
    get asked() {
      return asked.promise
    },
    ask(method, params) {
      const answer = Promise.withResolvers<JsonText>()
      open.set(`q${++count}`, { method, params, answer })
      asked.resolve()
      return answer.promise
    },
    text() {
      if (open.size === 0) return undefined
      const parts = [...open].map(([key, { method, params }]) => `"${key}":{"method":${JSON.stringify(method)},"params":${params ?? EMPTY_OBJECT}}`)
      return `{${parts.join(',')}}` as JsonText
    },
    answer(responses) {
      for (const [key, question] of open) {
        const response = readMember(responses, key)
        if (response === undefined) continue
        open.delete(key)
        question.answer.resolve(response)
      }
      if (open.size === 0) asked = Promise.withResolvers()
    },
    [Symbol.dispose]() {
      for (const { answer } of open.values()) answer.reject(new RpcError(-1, 'The client did not answer.'))
      open.clear()
    },
  }
}
