import type { JsonObject } from '../../src/lib/json.ts'
import type { Reply } from './reply.ts'
import type { Script } from './script.ts'

/** A reply that is to be written, and what it is an answer to. */
export interface Writing {
  readonly reply: Reply
  readonly script: Script
  readonly request: JsonObject
  /** Whether a Gemini stream was asked for as server-sent events; as one JSON array otherwise. */
  readonly asEvents: boolean
}

/** How one dialect writes. It decides nothing: what is said is in the reply, what goes wrong in the script. */
export interface Wire {
  /** The content type of a stream. */
  streamType(writing: Writing): string
  whole(writing: Writing): string
  /** One text per event, framed. */
  events(writing: Writing): readonly string[]
  /** Says that the script wanted it, unless told what to say. */
  error(status: number, script: Script, message?: string): string
  /** A failure in place of the event with this index. */
  errorEvent(writing: Writing, index: number): string
  /** An event that is cut in its middle, framed as if it were whole. */
  readonly brokenEvent: string
}
