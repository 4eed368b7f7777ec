export interface ReadEvent {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** All events of an answer to its end, read by the rules of `text/event-stream` and none of the gateway's code. */
export async function readSseEvents(answer: Response, onEvent: (event: ReadEvent) => void | Promise<void> = () => undefined): Promise<readonly ReadEvent[]> {
  const events: ReadEvent[] = []
  let rest = ''
  const decoder = new TextDecoder()
  for await (const piece of answer.body ?? []) {
    rest += decoder.decode(piece as Uint8Array, { stream: true })
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const fields = new Map(rest.slice(0, end).split('\n').filter((line) => !line.startsWith(':')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const))
      rest = rest.slice(end + 2)
      const data = fields.get('data')
      if (data === undefined) continue
      const event = { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data: JSON.parse(data) as ReadEvent['data'] }
      events.push(event)
      await onEvent(event)
    }
  }
  return events
}
