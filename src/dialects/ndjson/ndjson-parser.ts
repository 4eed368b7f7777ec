import { GatewayError } from '../../domain/errors.ts'
import type { SseEvent, SseParser } from '../sse/index.ts'

const LINE_FEED = 0x0a
const MAX_LINE_BYTES = 64 * 1024 * 1024

/** One JSON text a line, as events without a name. Linear in its bytes, however they are cut; throws `upstream_protocol` past its cap. */
export function createNdjsonParser(): SseParser {
  let rest: Uint8Array[] = []
  let restBytes = 0
  const take = (piece: Uint8Array): readonly SseEvent[] => {
    const data = Buffer.concat([...rest, piece]).toString('utf8').trim()
    rest = []
    restBytes = 0
    return data === '' ? [] : [{ event: undefined, data }]
  }
  return {
    push(bytes) {
      const events: SseEvent[] = []
      let start = 0
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        events.push(...take(bytes.subarray(start, end)))
        start = end + 1
      }
      if (start === bytes.length) return events
      rest.push(bytes.slice(start))
      restBytes += bytes.length - start
      if (restBytes > MAX_LINE_BYTES) throw new GatewayError('upstream_protocol', `The provider sent a line longer than ${MAX_LINE_BYTES} bytes.`)
      return events
    },
    end: () => take(new Uint8Array()),
  }
}
