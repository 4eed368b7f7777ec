import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { writeOpenaiError } from './chat-wire.ts'
import { failure, finalState, responseBody } from './responses-body.ts'
import { responsesEvents } from './responses-events.ts'
import { writeSseFrame } from './sse-frame.ts'
import type { Wire } from './wire.ts'

function typeOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) && typeof parsed['type'] === 'string' ? parsed['type'] : 'error'
  } catch {
    return 'error'
  }
}

/** @see https://platform.openai.com/docs/api-reference/responses-streaming */
export const responsesWire: Wire = {
  streamType: () => 'text/event-stream',
  whole: (writing) => JSON.stringify(responseBody(writing, finalState(writing.reply))),
  events: (writing) => responsesEvents(writing).map((event) => writeSseFrame(JSON.stringify(event), event.type, writing.script)),
  error: (status, _script, message) => writeOpenaiError(status, message),
  errorEvent(writing, index) {
    const failed: JsonObject = { type: 'response.failed', sequence_number: index, response: responseBody(writing, 'failed', failure(503)) }
    const data = writing.script.body ?? JSON.stringify(failed)
    return writeSseFrame(data, typeOf(data), writing.script)
  },
  brokenEvent: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","del\n\n',
}
