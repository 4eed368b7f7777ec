import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { SaidText } from './response.grounding.ts'
import { writePayload } from './signature.ts'

const MAX_CALL_ID = 40

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const KNOWN_TEXT = new Set(['text', 'thought', 'thoughtSignature'])
const KNOWN_CALL = new Set(['functionCall', 'thoughtSignature', 'thought'])
const KNOWN_FUNCTION = new Set(['id', 'name', 'args'])
const PARTS = '/candidates/0/content/parts'

/** Arguments that were no JSON object went to the model as `_raw`, and it may say them again so. */
function writeArguments(args: JsonValue | undefined): string {
  if (!isJsonObject(args)) return '{}'
  const { _raw: raw } = args
  return typeof raw === 'string' && Object.keys(args).length === 1 ? raw : JSON.stringify(args)
}

/** Turns the parts of a content into blocks: neighbours of one kind are one block, and a signature is a seal of the thought before its part. */
export class PartReader {
  readonly #losses: AnswerLosses
  readonly #idBase: () => string
  #next = 0
  #open: { readonly type: 'text' | 'reasoning'; readonly index: number } | undefined
  #count = 0
  #path: string = PARTS
  callCount = 0
  /** For what is said of texts later on. */
  readonly texts: SaidText[] = []

  /** `idBase` tells the answer's own id, for calls that have none. */
  constructor(losses: AnswerLosses, idBase: () => string) {
    this.#losses = losses
    this.#idBase = idBase
  }

  takeIndex(): number {
    return this.#next++
  }

  /** The number of a part counts all that have come, as if the answer had come whole. */
  read(part: JsonObject): readonly StreamPart[] {
    this.#path = `${PARTS}/${this.#count++}`
    const { text, functionCall, thoughtSignature } = part
    const signature = asText(thoughtSignature)
    if (typeof text === 'string') {
      this.#losses.unread(part, KNOWN_TEXT, this.#path)
      return part['thought'] === true ? this.#think(text, signature) : this.#say(text, signature)
    }
    if (isJsonObject(functionCall)) {
      this.#losses.unread(part, KNOWN_CALL, this.#path)
      return this.#call(functionCall, signature)
    }
    return [...this.#seal(signature, 'text'), ...this.close(), { type: 'native', value: part, path: this.#path }]
  }

  close(): readonly StreamPart[] {
    const open = this.#open
    this.#open = undefined
    return open ? [{ type: 'block-end', index: open.index }] : []
  }

  #start(type: 'text' | 'reasoning'): readonly StreamPart[] {
    if (this.#open?.type === type) return []
    const closed = this.close()
    this.#open = { type, index: this.#next++ }
    return [...closed, { type: `${type}-start`, index: this.#open.index }]
  }

  /** `text` is said, in a block that is begun where none of the kind is open. */
  #delta(type: 'text' | 'reasoning', text: string): readonly StreamPart[] {
    const started = this.#start(type)
    return text === '' ? started : [...started, { type: `${type}-delta`, index: this.#open?.index ?? 0, text }]
  }

  #think(text: string, signature: string): readonly StreamPart[] {
    if (text === '' && signature === '') return []
    const said = this.#delta('reasoning', text)
    return signature === '' ? said : [...said, ...this.#seal(signature, 'thought')]
  }

  #say(text: string, signature: string): readonly StreamPart[] {
    const sealed = this.#seal(signature, 'text')
    if (text === '') return sealed
    const said = this.#delta('text', text)
    this.#note(this.#open?.index ?? 0, text)
    return [...sealed, ...said]
  }

  #note(index: number, text: string): void {
    const last = this.texts.at(-1)
    if (last?.index === index) last.text += text
    else this.texts.push({ index, text })
  }

  /** An open thought is sealed; where there is none a thought without words is. */
  #seal(signature: string, kind: 'call' | 'text' | 'thought'): readonly StreamPart[] {
    if (signature === '') return []
    const started = this.#start('reasoning')
    return [...started, { type: 'reasoning-seal', index: this.#open?.index ?? 0, seal: writePayload(kind, signature) }, ...this.close()]
  }

  #call(call: JsonObject, signature: string): readonly StreamPart[] {
    this.#losses.unread(call, KNOWN_FUNCTION, `${this.#path}/functionCall`)
    const before = [...this.#seal(signature, 'call'), ...this.close()]
    const index = this.#next++
    const number = this.callCount++
    const name = asText(call['name'])
    const argumentsText = writeArguments(call['args'])
    // Without an id of the answer, what is called tells one answer's calls from another's.
    const base = this.#idBase() === '' ? `${name}${argumentsText}` : this.#idBase()
    const callId = asText(call['id']) === '' ? fitId(`call_${number}_${base}`, MAX_CALL_ID) : asText(call['id'])
    return [...before, { type: 'tool-call-start', index, callId, name, path: this.#path }, { type: 'tool-call-delta', index, argumentsText }, { type: 'block-end', index }]
  }
}
