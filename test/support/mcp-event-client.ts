import type { Json } from './mcp-raw-client.ts'

export interface ServerEvent {
  readonly id: string | undefined
  readonly data: string
  readonly retry: number | undefined
  /** Undefined for an event without data. */
  readonly message: Json | undefined
}

/** One SSE answer, read event by event with their ids. */
export interface Events {
  readonly status: number
  /** Undefined at the end of the stream, however it ended. */
  next(): Promise<ServerEvent | undefined>
  /** Breaks the connection. */
  leave(): Promise<void>
}

function parseEvent(block: string): ServerEvent | undefined {
  const fields = block.split('\n').map((line) => /^(id|data|retry): ?(.*)$/.exec(line))
  const read = (name: string): string | undefined => fields.find((field) => field?.[1] === name)?.[2]
  const data = read('data')
  if (data === undefined) return undefined
  const retry = read('retry')
  return { id: read('id'), data, retry: retry === undefined ? undefined : Number(retry), message: data === '' ? undefined : (JSON.parse(data) as Json) }
}

/** Posts the message, or opens a GET stream without one. An answer that is plain JSON is one event without an id. */
export async function openEvents(url: string, headers: Record<string, string>, message?: Json): Promise<Events> {
  const controller = new AbortController()
  const response = await fetch(url, {
    ...(message === undefined ? {} : { method: 'POST', body: JSON.stringify(message) }),
    headers: { accept: message === undefined ? 'text/event-stream' : 'application/json, text/event-stream', ...(message === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    signal: controller.signal,
  })
  const events = readEvents(response)
  return {
    status: response.status,
    next: async () => {
      const next = await events.next()
      return next.done === true ? undefined : next.value
    },
    async leave() {
      controller.abort()
      await events.return(undefined)
    },
  }
}

async function* readEvents(response: Response): AsyncGenerator<ServerEvent, undefined> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const data = await response.text()
    if (data !== '') yield { id: undefined, data, retry: undefined, message: JSON.parse(data) as Json }
    return undefined
  }
  const decoder = new TextDecoder()
  let held = ''
  try {
    for await (const chunk of response.body ?? []) {
      held += decoder.decode(chunk as Uint8Array, { stream: true })
      for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
        const event = parseEvent(held.slice(0, end))
        held = held.slice(end + 2)
        if (event) yield event
      }
    }
  } catch {
    // A broken connection is the end of the stream; what it carried so far was read.
  }
  return undefined
}
