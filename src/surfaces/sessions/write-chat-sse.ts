import { tellEvent, type PlacedEvent } from '../../core/conversations/index.ts'

/** An event of a conversation for `text/event-stream`; its place is the id that a client comes back with. */
export function writeChatSse({ place, event }: PlacedEvent): string {
  const { type, ...data } = tellEvent(event)
  return `id: ${place}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
