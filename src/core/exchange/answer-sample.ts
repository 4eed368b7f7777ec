import { createNdjsonParser, createSseParser, type DialectCodec, type StreamPart } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Usage } from '../../domain/usage.ts'
import { estimateText } from './estimate-text.ts'

/** So much of a stream is kept to count it by; the rest is taken to be like it. */
const MAX_BYTES = 32 * 1024

/** For what cannot be read as a stream. */
const BYTES_PER_TOKEN = 4

interface Said {
  readonly text: string
  readonly reasoning: string
}

/** What the events so far said; an event that cannot be read ends the reading. */
function readSaid(codec: DialectCodec, bytes: Uint8Array): Said {
  const parser = codec.response.framing === 'ndjson' ? createNdjsonParser() : createSseParser()
  const decoder = codec.translation.createStreamDecoder()
  const parts: StreamPart[] = []
  try {
    for (const event of parser.push(bytes)) parts.push(...decoder.push(event))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
  }
  const join = (pick: (part: StreamPart) => string): string => parts.map(pick).join('')
  return {
    text: join((part) => (part.type === 'text-delta' ? part.text : part.type === 'tool-call-delta' ? part.argumentsText : part.type === 'tool-call-start' ? part.name : '')),
    reasoning: join((part) => (part.type === 'reasoning-delta' ? part.text : '')),
  }
}

/** Keeps the beginning of an answer, to say about how long it was when nobody else does. Costs nothing until it is asked. */
export class AnswerSample {
  readonly #pieces: Uint8Array[] = []
  #kept = 0
  #bytes = 0

  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#kept >= MAX_BYTES) return
    this.#pieces.push(bytes)
    this.#kept += bytes.length
  }

  /** About how many tokens it had. */
  estimate(codec: DialectCodec, isStream: boolean): Usage['output'] {
    if (!isStream) return { total: Math.ceil(this.#bytes / BYTES_PER_TOKEN), reasoning: 0 }
    const { text, reasoning } = readSaid(codec, Buffer.concat(this.#pieces))
    const scale = this.#kept === 0 ? 1 : this.#bytes / this.#kept
    const thought = Math.ceil(estimateText(reasoning) * scale)
    return { total: Math.ceil(estimateText(text) * scale) + thought, reasoning: thought }
  }
}
