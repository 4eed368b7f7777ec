import type { JsonObject } from '../../lib/json.ts'
import type { Message, ReasoningBlock, ToolCallBlock } from '../canonical/request.ts'
import { ENVELOPE_PREFIX } from '../canonical/translation.ts'
import { whyUnsent } from '../canonical/why-unsent.ts'
import { sealsCalls } from './model-generation.ts'
import { encodeCall, encodePart, type Scene } from './request.encode-parts.ts'
import { readPayload, SKIP_VALIDATION, type SignedKind } from './signature.ts'

/** Writes what the model said before; signatures go back to the kind of part that they came on. */
class ModelTurn {
  readonly parts: JsonObject[] = []
  readonly #scene: Scene
  readonly #calls: string[] = []
  #text: string | undefined
  #hasCalled = false

  constructor(scene: Scene) {
    this.#scene = scene
  }

  think(block: ReasoningBlock): void {
    const { losses } = this.#scene
    const found = this.#open(block)
    if (!found) return losses.dropped(block.path, whyUnsent(block))
    const extras = losses.extras(block)
    const { kind, signature } = found
    const signed = kind === 'thought' ? { thoughtSignature: signature } : {}
    if (block.text !== '' || kind === 'thought') this.parts.push({ text: block.text, thought: true, ...signed, ...extras })
    if (kind === 'call') this.#calls.push(signature)
    if (kind === 'text') this.#text = signature
  }

  /** A thought of Google's own may have no signature; undefined for what another model thought. */
  #open({ seal, isGoogles }: ReasoningBlock): { readonly kind: SignedKind | 'none'; readonly signature: string } | undefined {
    const { isOwn, context } = this.#scene
    if (seal === undefined) return isOwn ? { kind: 'none', signature: '' } : undefined
    const payload = isOwn ? seal : context.seals.open(seal, context.target)
    // An envelope that does not open is another model's; anything else that the client calls Google's is as Google wrote it.
    if (payload === undefined) return isGoogles === true && !seal.startsWith(ENVELOPE_PREFIX) ? { kind: 'call', signature: seal } : undefined
    return readPayload(payload)
  }

  say(part: JsonObject): void {
    this.parts.push(this.#text !== undefined && 'text' in part ? { ...part, thoughtSignature: this.#takeText() } : part)
  }

  call(block: ToolCallBlock): void {
    this.#flushText()
    this.parts.push(encodeCall(block, this.#calls.shift() ?? this.#excuse(block), this.#scene))
    this.#hasCalled = true
  }

  /** A signature whose part is gone sits on an empty text, as it does at the end of a stream. */
  end(): void {
    this.#flushText()
    for (const signature of this.#calls) this.parts.push({ text: '', thoughtSignature: signature })
  }

  /** Of calls side by side only the first carries a signature. One that another model made has none, and says so. */
  #excuse({ path }: ToolCallBlock): string | undefined {
    const { losses, isOwn, context } = this.#scene
    if (isOwn || this.#hasCalled || !sealsCalls(context.target.model)) return undefined
    losses.approximated(path, 'the call has no seal of this model; it is told that there is none')
    return SKIP_VALIDATION
  }

  #flushText(): void {
    if (this.#text !== undefined) this.parts.push({ text: '', thoughtSignature: this.#takeText() })
  }

  #takeText(): string {
    const signature = this.#text ?? ''
    this.#text = undefined
    return signature
  }
}

export function encodeModelParts(message: Message, scene: Scene): readonly JsonObject[] {
  const turn = new ModelTurn(scene)
  for (const block of message.blocks) {
    if (block.type === 'reasoning') turn.think(block)
    else if (block.type === 'tool-call') turn.call(block)
    else {
      const part = encodePart(block, scene)
      if (part) turn.say(part)
    }
  }
  turn.end()
  return turn.parts
}
