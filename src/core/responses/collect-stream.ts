import { createSseParser, isBeginning, type ResponseEvent } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import { createCollectClient, type CollectClient } from './collect-client.ts'

const ENDS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/**
 * A client that nobody waits for, and that others may listen to: `tell` gets every event of a streamed answer but the first ones and
 * the last, which are the gateway's own to tell. What does not come as a stream is only collected.
 */
export function createStreamCollector(tell: (events: readonly ResponseEvent[]) => void): CollectClient {
  const whole = createCollectClient()
  const parser = createSseParser()
  let isStream = true
  let last: JsonText | undefined
  let failure: GatewayError | undefined

  function take({ data: written }: { readonly data: string }): readonly ResponseEvent[] {
    if (written.trim() === '' || written.trim() === '[DONE]') return []
    const data = written as JsonText
    const type = JSON.parse(readMember(data, 'type') ?? 'null') as string | null
    if (type === null || last !== undefined) return []
    const event = { type, data }
    if (ENDS.has(type)) last = readMember(data, 'response')
    else if (type === 'error') failure ??= new GatewayError('upstream_interrupted', `The provider broke off its answer: ${written.slice(0, 300)}`)
    return ENDS.has(type) || type === 'error' || isBeginning(event) ? [] : [event]
  }

  return {
    client: {
      ...whole.client,
      head(status, headers) {
        isStream = status === 200 && String(headers['content-type']).startsWith('text/event-stream')
        whole.client.head(status, headers)
      },
      chunk(bytes) {
        if (!isStream) return whole.client.chunk(bytes)
        const events = parser.push(bytes).flatMap(take)
        if (events.length > 0) tell(events)
        return true
      },
      fail(error) {
        failure ??= error
      },
    },
    read() {
      if (failure) throw failure
      const collected = whole.read()
      if (!isStream) return collected
      if (last === undefined) throw new GatewayError('upstream_interrupted', 'The stream of the provider ended before its answer did.')
      return { ...collected, text: last }
    },
  }
}
