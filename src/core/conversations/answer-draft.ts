import type { CanonicalAnswer, StreamPart } from '../../dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { RunCall } from '../runs/index.ts'
import type { ConversationMessage, StepOutcome, ToolStep } from './conversation.ts'
import { wireOfAnswer, withoutPlain } from './wire-of-answer.ts'

/** What a part says to people. */
export interface SaidDelta {
  readonly content: string
  readonly thinking: string
}

const NOTHING: SaidDelta = { content: '', thinking: '' }

/** The word of Chat Completions for why a model stopped. */
function finishWord({ finish }: CanonicalAnswer): string {
  const { unified, raw } = finish
  if (unified === 'stop' || unified === 'stop-sequence') return 'stop'
  if (unified === 'length' || unified === 'context-window') return 'length'
  if (unified === 'tool-calls' || unified === 'content-filter') return unified.replace('-', '_')
  return raw ?? unified
}

/** The assistant's message while it comes. */
export class AnswerDraft {
  readonly #base: Pick<ConversationMessage, 'sequence' | 'createdAt' | 'model'>
  #content = ''
  #thinking = ''
  readonly #steps = new Map<string, ToolStep>()
  readonly #turns: JsonObject[] = []
  /** Where the text of the turn that is being said begins. */
  #turnStart = 0

  constructor(base: Pick<ConversationMessage, 'sequence' | 'createdAt' | 'model'>) {
    this.#base = base
  }

  get isEmpty(): boolean {
    return this.#content === '' && this.#thinking === '' && this.#steps.size === 0
  }

  push(part: StreamPart): SaidDelta {
    if (part.type === 'text-delta') {
      this.#content += part.text
      return { content: part.text, thinking: '' }
    }
    if (part.type !== 'reasoning-delta' && part.type !== 'reasoning-start') return NOTHING
    // Thoughts of one turn after another are paragraphs.
    const thinking = part.type === 'reasoning-delta' ? part.text : this.#thinking === '' ? '' : '\n\n'
    this.#thinking += thinking
    return { content: '', thinking }
  }

  callStarted({ callId, server, tool, argumentsText }: RunCall): void {
    this.#steps.set(callId, { callId, server, tool, argumentsText, result: undefined })
  }

  callEnded({ callId, server, tool, argumentsText }: RunCall, result: StepOutcome): void {
    this.#steps.set(callId, { callId, server, tool, argumentsText, result })
  }

  turnEnded(elements: readonly JsonText[]): void {
    this.#turns.push(...elements.map((element) => parseExact(element)).filter((element) => isJsonObject(element)))
    this.#turnStart = this.#content.length
  }

  /** As far as it has come. */
  current(): ConversationMessage {
    return { ...this.#whole('streaming'), usage: undefined, finishReason: undefined, wire: [] }
  }

  completed(answer: CanonicalAnswer): ConversationMessage {
    const wire = this.#turns.length > 0 ? this.#turns : wireOfAnswer(answer)
    return { ...this.#whole('complete'), model: answer.model === '' ? this.#base.model : answer.model, usage: answer.usage, finishReason: finishWord(answer), wire: withoutPlain(wire, this.#content) }
  }

  /** What there is of an answer that broke off: whole turns, and the text of the last one. */
  interrupted(finishReason: string): ConversationMessage {
    const rest = this.#content.slice(this.#turnStart)
    const wire = this.#turns.length === 0 ? [] : [...this.#turns, ...(rest === '' ? [] : [{ role: 'assistant', content: rest }])]
    return { ...this.#whole('interrupted'), usage: undefined, finishReason, wire }
  }

  #whole(state: ConversationMessage['state']): Omit<ConversationMessage, 'usage' | 'finishReason' | 'wire'> {
    return { ...this.#base, role: 'assistant', state, content: this.#content, thinking: this.#thinking, attachments: [], steps: [...this.#steps.values()] }
  }
}
