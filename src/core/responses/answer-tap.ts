import { createJsonScanner, createSseParser, type BegunResponse } from '../../dialects/index.ts'
import { isJsonObject } from '../../lib/json.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { ExchangeClient, WireHeaders } from '../exchange/index.ts'
import { readTarget } from './read-target.ts'

/** What an answer turned out to be. */
export interface ToldAnswer {
  readonly id: string
  readonly provider: string
  readonly model: string
  /** Undefined where the provider has it. */
  readonly body: JsonText | undefined
}

export interface AnswerTap {
  readonly client: ExchangeClient
  /** What the client has been told of a stream so far. */
  begun(): BegunResponse | undefined
  /** Settles once everything has been handed on. */
  settled(): Promise<void>
}

/** Beyond this an answer of a provider is not searched for its id. */
const MAX_SEARCHED_BYTES = 16 * 1024 * 1024

/** The number of the last event stands in so much of the end. */
const REMEMBERED_BYTES = 4 * 1024

const ENDS = ['event: response.completed\n', 'event: response.incomplete\n'] as const

/** A line break cannot stand inside an event's JSON, so that this is one event's own name. */
function endsResponse(text: string): boolean {
  return ENDS.some((line) => text.startsWith(line) || text.includes(`\n${line}`))
}

/** Written first by everybody, so that a response of many bytes need not be read for its name. */
const ID_FIRST = /"response": ?\{\s*"id": ?"([^"\\]+)"/

function readId(data: string): string | undefined {
  const first = ID_FIRST.exec(data.slice(0, 1_000))?.[1]
  if (first !== undefined) return first
  const text = readMember(data as JsonText, 'response')
  const id: unknown = text === undefined ? undefined : JSON.parse(readMember(text, 'id') ?? 'null')
  return typeof id === 'string' ? id : undefined
}

/** Reads what goes by and changes nothing. The last of an answer waits until `keep` has settled. */
class TappedAnswer implements AnswerTap {
  readonly client: ExchangeClient
  readonly #inner: ExchangeClient
  readonly #keep: (answer: ToldAnswer) => Promise<void>
  readonly #parser = createSseParser()
  readonly #scanner = createJsonScanner()
  #shape: 'stream' | 'whole' | 'other' = 'other'
  #isNative = true
  #target = { provider: '', model: '' }
  /** The first event with a response in it. */
  #begun: string | undefined
  readonly #last: Uint8Array[] = []
  #lastBytes = 0
  #pieces: Uint8Array[] = []
  #bytes = 0
  #held: Uint8Array | undefined
  #kept: Promise<void> = Promise.resolve()
  #settled: Promise<void> = Promise.resolve()

  constructor(inner: ExchangeClient, keep: (answer: ToldAnswer) => Promise<void>) {
    this.#inner = inner
    this.#keep = keep
    this.client = {
      head: (status, headers) => this.#head(status, headers),
      chunk: (bytes) => this.#chunk(bytes),
      onceDrained: (listener) => inner.onceDrained(listener),
      end: () => this.#end(),
      fail: (error) => inner.fail(error),
    }
  }

  begun(): BegunResponse | undefined {
    const response: unknown = JSON.parse(readMember((this.#begun ?? '{}') as JsonText, 'response') ?? 'null')
    if (!isJsonObject(response)) return undefined
    const told = Buffer.concat(this.#last).toString('utf8')
    const number = [...told.matchAll(/"sequence_number": ?(\d+)/g)].at(-1)?.[1]
    return { response, sequenceNumber: number === undefined ? 1 : Number(number) }
  }

  settled(): Promise<void> {
    return this.#settled
  }

  #head(status: number, headers: WireHeaders): void {
    if (status >= 200 && status < 300) {
      this.#shape = String(headers['content-type']).startsWith('text/event-stream') ? 'stream' : 'whole'
      this.#isNative = headers['x-trunkline-plan'] === 'pass-through'
      this.#target = readTarget(headers)
    }
    this.#inner.head(status, headers)
  }

  #chunk(bytes: Uint8Array): boolean {
    if (this.#shape === 'stream') return this.#streamed(bytes)
    if (this.#shape === 'other') return this.#inner.chunk(bytes)
    this.#bytes += bytes.length
    if (this.#bytes <= MAX_SEARCHED_BYTES || !this.#isNative) {
      this.#scanner.push(bytes)
      this.#pieces.push(bytes)
    }
    const before = this.#held
    this.#held = bytes
    return before === undefined || this.#inner.chunk(before)
  }

  #streamed(bytes: Uint8Array): boolean {
    this.#last.push(bytes)
    this.#lastBytes += bytes.length
    while (this.#lastBytes - (this.#last[0]?.length ?? 0) >= REMEMBERED_BYTES) this.#lastBytes -= this.#last.shift()?.length ?? 0
    if (this.#begun === undefined) this.#readBeginning(bytes)
    if (this.#isNative || !endsResponse(Buffer.from(bytes).toString('utf8'))) return this.#inner.chunk(bytes)
    this.#readEnd(bytes)
    this.#held = bytes
    return true
  }

  #readBeginning(bytes: Uint8Array): void {
    for (const { data } of this.#parser.push(bytes)) {
      const id = this.#begun === undefined ? readId(data) : undefined
      if (id === undefined) continue
      this.#begun = data
      if (this.#isNative) this.#keepAs(id, undefined)
    }
  }

  /** The writer of a translation ends an event with the chunk that holds it. */
  #readEnd(bytes: Uint8Array): void {
    const last = createSseParser().push(bytes).at(-1)
    const id = last && readId(last.data)
    const body = last && readMember(last.data as JsonText, 'response')
    if (id !== undefined && body !== undefined) this.#keepAs(id, body)
  }

  #readWhole(): void {
    if (this.#isNative && this.#bytes > MAX_SEARCHED_BYTES) return
    const { members } = this.#scanner.end()
    const text = Buffer.concat(this.#pieces).toString('utf8') as JsonText
    if (!members.some(({ key }) => key === 'id')) return
    const id: unknown = JSON.parse(readMember(text, 'id') ?? 'null')
    if (typeof id === 'string') this.#keepAs(id, this.#isNative ? undefined : text)
  }

  #keepAs(id: string, body: JsonText | undefined): void {
    this.#kept = this.#keep({ id, ...this.#target, body })
  }

  #end(): void {
    if (this.#shape === 'whole') this.#readWhole()
    this.#settled = this.#kept.then(() => {
      if (this.#held) this.#inner.chunk(this.#held)
      this.#inner.end()
    })
  }
}

/** `keep` must not reject. */
export function tapAnswer(inner: ExchangeClient, keep: (answer: ToldAnswer) => Promise<void>): AnswerTap {
  return new TappedAnswer(inner, keep)
}
