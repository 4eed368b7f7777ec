import type { Dialect } from '../domain/dialect.ts'
import type { GatewayError } from '../domain/errors.ts'
import type { Usage } from '../domain/usage.ts'
import type { JsonObject } from '../lib/json.ts'
import type { DialectTranslation } from './canonical/translation.ts'
import type { UpstreamFault } from './fault.ts'
import type { BodyEdit } from './json-edit.ts'
import type { JsonScan } from './json-scan.ts'

/** A request body as it arrived, in pieces, with what a scan of its top level found. */
export interface ScannedBody {
  readonly pieces: readonly Uint8Array[]
  readonly scan: JsonScan
}

/** The little that routing and policy need, read without decoding the body. */
export interface RequestFacts {
  readonly model: string
  readonly stream: boolean
  /** Whether the client itself asked for usage in the stream. */
  readonly wantsUsage: boolean
  /** How many alternative answers were asked for. */
  readonly choices: number
}

/** What the address of a request says, for dialects that name the model there. */
export interface RequestAddress {
  readonly model: string
  readonly stream: boolean
}

/**
 * What one event of a passing stream means for the exchange; the event itself is forwarded as bytes.
 * `preamble` does not commit the answer, `content` does, `finish` ends one of the choices, `terminal` ends the stream.
 */
export type EventVerdict =
  | { readonly kind: 'empty' | 'preamble' | 'content' | 'terminal' }
  | { readonly kind: 'finish'; readonly choices: number }
  | { readonly kind: 'usage-only' }
  | { readonly kind: 'fault'; readonly fault: UpstreamFault }
  | { readonly kind: 'malformed' }

/** Watches one passing stream. It reads events, keeps the newest usage, and changes nothing. */
export interface StreamWatch {
  /** `frame` is one whole event with its line ends; `thorough` reads it all, otherwise only what could matter is looked for. */
  inspect(frame: Uint8Array, thorough: boolean): EventVerdict
  readonly usage: Usage | undefined
}

/** What the top level of a whole answer says. */
export type WholeVerdict =
  | { readonly kind: 'answer'; readonly usage: Usage | undefined }
  | { readonly kind: 'fault'; readonly fault: UpstreamFault }
  | { readonly kind: 'malformed'; readonly reason: string }

/**
 * What the gateway knows about one wire format, on the client's side and on the upstream's alike. Codecs are pure and never
 * see the far side.
 */
export interface DialectCodec {
  readonly dialect: Dialect
  readonly request: {
    /** Throws `invalid_request` for what would make router and provider obey different things. */
    peek(body: ScannedBody, address?: RequestAddress): RequestFacts
    /** Names the upstream's model; nothing where the address does. */
    setModel(body: ScannedBody, model: string): readonly BodyEdit[]
    /** Asks the upstream for usage in the stream; nothing when it is asked for already or cannot be. */
    askForUsage(body: ScannedBody): readonly BodyEdit[]
    /** Takes out what the gateway sealed for models of other dialects; nothing for a body without it. */
    dropEnvelopes(body: ScannedBody): readonly BodyEdit[]
    /** Takes out every sealed thought, for a provider that cannot open one of them; a dialect without it has none to take out. */
    dropSeals?(body: ScannedBody): readonly BodyEdit[]
    /** Of the client's headers those that the provider may see; never a credential or what belongs to one. */
    carryHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Readonly<Record<string, string>>
    /**
     * For dialects with versions: throws `invalid_request` for what the client's version refuses, and gives what its answers always
     * have. Asked only for requests that are translated; otherwise the provider sees to it.
     */
    applyVersion?(body: JsonObject, headers: Readonly<Record<string, string | readonly string[] | undefined>>): JsonObject | undefined
  }
  readonly response: {
    /** How events follow each other in a stream of this dialect. */
    readonly framing: 'sse' | 'ndjson'
    /**
     * What may stand between two events of a stream to show that it lives, and means nothing; empty where clients are not known to
     * take any. A comment is never followed by an empty line: old clients of OpenAI break on it.
     * @see https://github.com/theopenco/llmgateway/issues/2334
     */
    readonly keepAlive: string
    createStreamWatch(): StreamWatch
    readWhole(body: ScannedBody): WholeVerdict
  }
  readonly translation: DialectTranslation
  readonly error: {
    /** Undefined when the body is not an error of this dialect, such as a proxy’s HTML page. */
    decode(status: number, body: string): UpstreamFault | undefined
    /** JSON text. */
    encode(error: GatewayError, requestId: string): string
    /** The status that clients know a failure by, for dialects where it is not always the one of its code. */
    statusOf?(error: GatewayError): number | undefined
    /** The event that ends a stream which has begun. */
    encodeInStream(error: GatewayError, requestId: string): string
  }
}
