/** One server-sent event. `event` is undefined when the sender named none. */
export interface SseEvent {
  readonly event: string | undefined
  readonly data: string
}

const CR = 0x0d
const LF = 0x0a
const COLON = 0x3a
const SPACE = 0x20

const hasBom = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

function lineEnd(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++
  return at
}

/** Long lines are searched natively; most have their end in sight. */
function findLineEnd(bytes: Buffer, from: number): number {
  if (bytes.length - from <= 512) return lineEnd(bytes, from)
  const lf = bytes.indexOf(LF, from)
  const cr = bytes.subarray(from, lf < 0 ? bytes.length : lf).indexOf(CR)
  if (cr >= 0) return from + cr
  return lf < 0 ? bytes.length : lf
}

function readField(bytes: Buffer, start: number, end: number): readonly [name: string, value: string] {
  const colon = bytes.subarray(start, end).indexOf(COLON)
  if (colon < 0) return [bytes.toString('utf8', start, end), '']
  const nameEnd = start + colon
  const valueStart = bytes[nameEnd + 1] === SPACE ? nameEnd + 2 : nameEnd + 1
  return [bytes.toString('utf8', start, nameEnd), bytes.toString('utf8', Math.min(valueStart, end), end)]
}

/**
 * Reads the fields of one frame as the framer cut it. Undefined when it carries no data: comments and blank lines.
 * A byte order mark counts as one only in the first frame of a stream.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function readSseFrame(frame: Uint8Array, isFirst: boolean): SseEvent | undefined {
  const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  let event: string | undefined
  const data: string[] = []
  let at = isFirst && hasBom(bytes) ? 3 : 0
  while (at < bytes.length) {
    const end = findLineEnd(bytes, at)
    if (end > at && bytes[at] !== COLON) {
      const [name, value] = readField(bytes, at, end)
      if (name === 'data') data.push(value)
      else if (name === 'event') event = value
    }
    at = end + 1
  }
  if (data.length === 0) return undefined
  return { event: event === '' ? undefined : event, data: data.join('\n') }
}

/** The event as it travels; data with line ends becomes several lines. */
export function writeSseEvent(event: SseEvent): string {
  const name = event.event === undefined ? '' : `event: ${event.event}\n`
  const lines = event.data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `${name}${lines.join('')}\n`
}
