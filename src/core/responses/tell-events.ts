import { openaiResponses, writeBrokenOff } from '../../dialects/index.ts'
import { asGatewayError } from '../../domain/errors.ts'
import type { ExchangeClient } from '../exchange/index.ts'
import type { EventLog } from './event-log.ts'

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' }

export interface Reader {
  /** The number after which it wants to go on; undefined for all. */
  readonly after: number | undefined
  readonly client: ExchangeClient
  readonly requestId: string
  readonly signal: AbortSignal
}

async function drained({ client, signal }: Reader): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const leave = (): void => resolve()
  client.onceDrained(leave)
  signal.addEventListener('abort', leave)
  await promise
  signal.removeEventListener('abort', leave)
}

/** Writes a log into a client, to its last event. Settles when the client has left, too: that ends nothing but this. */
export async function tellEvents(log: EventLog, reader: Reader): Promise<void> {
  const { after, client, signal, requestId } = reader
  let number = after ?? log.first - 1
  client.head(200, { ...HEADERS, 'x-request-id': requestId })
  // Headers travel with the first byte, and the next event may be long in coming.
  client.chunk(Buffer.from(openaiResponses.response.keepAlive))
  try {
    for await (const event of log.read(after, signal)) {
      number = event.number
      if (!client.chunk(event.bytes)) await drained(reader)
    }
  } catch (thrown) {
    client.chunk(Buffer.from(writeBrokenOff(asGatewayError(thrown).message, number + 1)))
  }
  client.end()
}
