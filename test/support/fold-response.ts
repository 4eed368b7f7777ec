import type OpenAI from 'openai'
import { ResponseStream } from 'openai/lib/responses/ResponseStream'

export type ResponseEvent = OpenAI.Responses.ResponseStreamEvent

/** What the official SDK makes of these events. */
export function foldResponse(events: readonly ResponseEvent[]): Promise<OpenAI.Responses.Response> {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  return ResponseStream.fromReadableStream(new Blob([lines]).stream()).finalResponse()
}

/** Reads a stream until so many events have come, or to its end; a stream that is left is cut off. */
export async function readEvents(stream: AsyncIterable<ResponseEvent>, most = Infinity): Promise<readonly ResponseEvent[]> {
  const events: ResponseEvent[] = []
  for await (const event of stream) if (events.push(event) >= most) break
  return events
}

export const numbersOf = (events: readonly ResponseEvent[]): readonly number[] => events.map((event) => event.sequence_number)

/** All text as it came, piece by piece: what a client that does no more than to print has on its screen. */
export const printed = (events: readonly ResponseEvent[]): string => events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')
