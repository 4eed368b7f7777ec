import { isJsonObject } from '../../lib/json.ts'
import type { StreamPart } from './stream.ts'
import type { FormatPlan } from './plan-format.ts'

/** Makes an answer that came as a tool's arguments the text that the client asked for. */
export type FormatRestorer = (part: StreamPart) => readonly StreamPart[]

function unwrap(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value) && value['value'] !== undefined) return JSON.stringify(value['value'])
  } catch {
    return text
  }
  return text
}

/**
 * Text beside the call is held: it is no part of the answer when the call comes, and all of the answer when it does not.
 * @see https://github.com/vercel/ai/issues/6577
 */
class ToolAnswer {
  readonly #name: string
  readonly #isWrapped: boolean
  #call: number | undefined
  #arguments = ''
  #held: StreamPart[] = []
  #hasOtherCalls = false
  #isAnswered = false
  readonly #texts = new Set<number>()

  constructor({ name, isWrapped }: NonNullable<FormatPlan['tool']>) {
    this.#name = name
    this.#isWrapped = isWrapped
  }

  push(part: StreamPart): readonly StreamPart[] {
    if (part.type === 'message-end') return this.#end(part)
    if (part.type === 'tool-call-start') {
      if (part.name !== this.#name || this.#isAnswered) {
        if (part.name !== this.#name) this.#hasOtherCalls = true
        return part.name === this.#name ? [] : [part]
      }
      this.#call = part.index
      this.#isAnswered = true
      this.#held = []
      return [{ type: 'text-start', index: part.index }]
    }
    if (part.type === 'text-start') this.#texts.add(part.index)
    if (!('index' in part)) return [part]
    if (part.index === this.#call) return this.#answer(part)
    if (!this.#texts.has(part.index)) return [part]
    if (!this.#isAnswered) this.#held.push(part)
    return []
  }

  #answer(part: StreamPart & { readonly index: number }): readonly StreamPart[] {
    if (part.type === 'tool-call-delta') {
      if (!this.#isWrapped) return [{ type: 'text-delta', index: part.index, text: part.argumentsText }]
      this.#arguments += part.argumentsText
      return []
    }
    if (part.type !== 'block-end') return []
    const text = unwrap(this.#arguments)
    return this.#isWrapped && text !== '' ? [{ type: 'text-delta', index: part.index, text }, part] : [part]
  }

  #end(part: StreamPart & { readonly type: 'message-end' }): readonly StreamPart[] {
    const held = this.#held
    this.#held = []
    if (!this.#isAnswered || this.#hasOtherCalls || part.finish.unified !== 'tool-calls') return [...held, part]
    return [...held, { ...part, finish: { ...part.finish, unified: 'stop' } }]
  }
}

/** For the path `tool`; the others' answers are text already. */
export function createFormatRestorer({ tool }: FormatPlan): FormatRestorer {
  if (!tool) return (part) => [part]
  const answer = new ToolAnswer(tool)
  return (part) => answer.push(part)
}
