import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { SseEvent } from './sse/index.ts'
import type { HostedToolList } from './canonical/hosted-call.ts'
import type { ScannedBody } from './codec.ts'
import type { JsonText } from '../lib/json-text.ts'

/** Tools of the gateway that a request asks for as its dialect asks for an MCP server. */
export interface AskedServer {
  /** What the client calls it. */
  readonly label: string
  /** Presets and MCP servers of the gateway, with commas between them. */
  readonly selection: string
  /** By the tool's own name; all without it. */
  readonly allows?: (tool: string) => boolean
  /** Whether the client wants to be asked before a call; the gateway's own rule without it. */
  readonly asksFor?: (tool: string) => boolean
}

export interface AskedServers {
  readonly servers: readonly AskedServer[]
  /** The members of the body that say so, without it; undefined for one that says nothing else. */
  readonly rest: Readonly<Record<string, JsonText | undefined>>
}

/** Adds the events of a stream up to what `replay` reads of a whole answer, with everything that the provider said in it. */
export interface WireFold {
  push(event: SseEvent): void
  answer(): JsonObject
}

/** What a client says to a call that it was asked about. */
export interface ApprovalWord {
  /** The id that the question had. */
  readonly id: string
  readonly isApproved: boolean
  readonly reason: string | undefined
}

/** The addresses that mean the gateway itself: `trunkline:coding`. */
export const OWN_ADDRESS = /^trunkline:(?:\/\/)?/i

/**
 * How a conversation is gone on with in a dialect, by the gateway itself: where it stands in a request, what of it the model said,
 * and how an answer is said again. Elements are as the wire has them, so that what a client wrote stays as it was written.
 */
export interface DialectTurns {
  /** The top-level member that holds the conversation. */
  readonly conversation: string
  /** The member of an element that lists its blocks, where two neighbours of one speaker have to be one element. */
  readonly grouped?: string
  /** The conversation as a list of elements; `"input":"hi"` is one message of the user. */
  readConversation(text: JsonText | undefined): readonly JsonText[]
  createFold(): WireFold
  /** The elements that say again what a whole answer said. */
  replay(answer: JsonObject): readonly JsonObject[]
  /** Whether the model said this element; otherwise it is the client's. */
  isModels(element: JsonValue): boolean
  /** The ids of the calls in this element, the gateway's own among them. */
  callIdsOf(element: JsonValue): readonly string[]
  /** The top-level members that forbid the model to call anything once more. */
  readonly forbidCalls: JsonObject
  /** Whether clients are told of the calls that the gateway makes. */
  readonly tellsCalls: boolean
  /**
   * What was told of the gateway's own calls, as calls and results that any provider understands. For dialects that tell of them.
   */
  untell?(elements: readonly JsonText[]): readonly JsonText[]
  /** The client's word on a call: `undefined` for an element that says none. */
  readApproval?(element: JsonValue): ApprovalWord | undefined
  /** The id of the question behind a call that the client was told of: it was made with the client's approval. */
  approvalOf?(element: JsonValue): string | undefined
  /** For dialects with words for it. Servers elsewhere are the provider's business and stay in the request. */
  readToolServers?(body: ScannedBody): AskedServers | undefined
  /** A native block that tells which tools a server offers; for dialects whose clients are told of that first. */
  writeToolList?(list: HostedToolList): JsonObject
  /** The server whose tools this element lists. Clients that bring such a list back are not told again. */
  listedServer?(element: JsonValue): string | undefined
  /** A whole answer with native blocks before everything else. */
  prepend?(answer: JsonText, blocks: readonly JsonObject[]): JsonText
}
