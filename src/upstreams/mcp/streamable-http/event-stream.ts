import { StringDecoder } from 'node:string_decoder'
import { createStreamLines } from './stream-lines.ts'

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
  lastEventId(): string | undefined
  /** What the server asked for with `retry:`. */
  retryMs(): number | undefined
}

/**
 * An event that the stream ends within is dropped, as the standard says; one longer than the cap ends the reading.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createEventReader(maxBytes: number, sink: EventSink): EventReader {
  const decoder = new StringDecoder('utf8')
  let data: string[] = []
  let held = 0
  let name = ''
  let id: string | undefined
  let lastEventId: string | undefined
  let retryMs: number | undefined
  let stopped = false
  let isFirst = true

  function oversize(length: number): void {
    stopped = true
    sink.oversize(length)
  }

  function dispatch(): void {
    lastEventId = id ?? lastEventId
    const text = data.length === 1 ? (data[0] ?? '') : data.join('\n')
    const event = name === '' ? 'message' : name
    data = []
    held = 0
    name = ''
    if (text !== '') sink.event({ event, data: text })
  }

  function keep(value: string): void {
    held += value.length
    data.push(value)
    if (held > maxBytes) oversize(held)
  }

  const fields: Readonly<Record<string, (value: string) => void>> = {
    data: keep,
    event: (value) => void (name = value),
    id: (value) => void (id = value.includes('\0') ? id : value),
    retry: (value) => void (retryMs = /^\d{1,9}$/.test(value) ? Number(value) : retryMs),
  }

  function line(text: string): void {
    if (stopped) return
    if (text === '') return dispatch()
    const colon = text.indexOf(':')
    const key = colon < 0 ? text : text.slice(0, colon)
    const start = text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    if (Object.hasOwn(fields, key)) fields[key]?.(colon < 0 ? '' : text.slice(start))
  }

  const lines = createStreamLines(maxBytes, line, oversize)
  return {
    push(chunk) {
      const text = decoder.write(chunk)
      if (stopped || text === '') return
      lines.push(isFirst && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
      isFirst = false
    },
    lastEventId: () => lastEventId,
    retryMs: () => retryMs,
  }
}
