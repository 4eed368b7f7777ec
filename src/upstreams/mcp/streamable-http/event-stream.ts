import { StringDecoder } from 'node:string_decoder'

export interface StreamEvent {
  /** `message` unless the event names another. */
  readonly event: string
  readonly data: string
}

export interface EventSink {
  event(event: StreamEvent): void
  /** An event grew past the cap. Nothing more is delivered. */
  oversize(bytes: number): void
}

/** Reads `text/event-stream` from an MCP server. Events without data, which only carry an id, are not delivered. */
export interface EventReader {
  push(chunk: Buffer): void
  /** The id of the last whole event; what a stream is resumed from. */
  readonly lastEventId: string | undefined
  /** What the server asked for with `retry:`. */
  readonly retryMs: number | undefined
}

/**
 * Linear in the characters: each is searched once. An event that the stream ends within is dropped, as the standard says.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createEventReader(maxBytes: number, sink: EventSink): EventReader {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let held = 0
  let data: string[] = []
  let name = ''
  let id: string | undefined
  let lastEventId: string | undefined
  let retryMs: number | undefined
  let stopped = false
  let isFirst = true
  let afterCarriageReturn = false

  function dispatch(): void {
    if (id !== undefined) lastEventId = id
    if (data.length > 0) {
      const text = data.length === 1 ? (data[0] ?? '') : data.join('\n')
      if (text !== '') sink.event({ event: name === '' ? 'message' : name, data: text })
    }
    data = []
    name = ''
    held = 0
  }

  function field(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) {
      held -= line.length
      return
    }
    const key = colon < 0 ? line : line.slice(0, colon)
    const start = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    const value = colon < 0 ? '' : line.slice(start)
    if (key === 'data') data.push(value)
    else if (key === 'event') name = value
    else if (key === 'id' && !value.includes('\0')) id = value
    else if (key === 'retry' && /^\d{1,9}$/.test(value)) retryMs = Number(value)
  }

  function line(last: string): void {
    const whole = pieces.length === 0 ? last : pieces.join('') + last
    pieces = []
    if (whole === '') dispatch()
    else field(whole)
  }

  function take(text: string): void {
    let from = 0
    if (afterCarriageReturn && text.charCodeAt(0) === 0x0a) from = 1
    afterCarriageReturn = false
    // A line ends with `\n`, `\r` or `\r\n`, and the second half of a pair may come in the next chunk.
    let carriage = text.indexOf('\r', from)
    while (!stopped) {
      if (carriage >= 0 && carriage < from) carriage = text.indexOf('\r', from)
      const newline = text.indexOf('\n', from)
      const at = carriage >= 0 && (newline < 0 || carriage < newline) ? carriage : newline
      const end = at < 0 ? text.length : at
      held += end - from
      if (held > maxBytes) {
        stopped = true
        return sink.oversize(held)
      }
      if (at < 0) {
        if (end > from) pieces.push(text.slice(from))
        return
      }
      line(text.slice(from, at))
      from = at + 1
      if (text.charCodeAt(at) !== 0x0d) continue
      if (from === text.length) afterCarriageReturn = true
      else if (text.charCodeAt(from) === 0x0a) from++
    }
  }

  return {
    push(chunk) {
      let text = decoder.write(chunk)
      if (stopped || text === '') return
      if (isFirst && text.charCodeAt(0) === 0xfeff) text = text.slice(1)
      isFirst = false
      take(text)
    },
    get lastEventId() {
      return lastEventId
    },
    get retryMs() {
      return retryMs
    },
  }
}
