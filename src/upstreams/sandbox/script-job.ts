import type { JsonText } from '../../lib/json-text.ts'
import type { ScriptCall, ScriptError } from './read-message.ts'

/** What becomes of a call: the value that the script gets, or the members of the `ToolError` that is thrown in it. */
export interface ScriptAnswer {
  readonly isError: boolean
  readonly value: JsonText
}

export interface CallContext {
  /** Aborts when the script is over, however it ended. */
  readonly signal: AbortSignal
  /** Stops the script's time while somebody is asked. */
  hold(): Disposable
}

/** One script to be run, by the caller's own doing. */
export interface ScriptJob {
  /** The body of an async function, in JavaScript or in TypeScript whose types can be taken out. */
  readonly script: string
  /** Servers and their tools as the script can name them. A script may call what is not there: whoever answers judges. */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** At most the sandbox's own limit. */
  readonly timeoutMs?: number | undefined
  readonly signal: AbortSignal
  /** Answers one call. It must not trust the script in anything. */
  call(call: ScriptCall, context: CallContext): Promise<ScriptAnswer>
}

export interface ScriptEnd {
  readonly outcome:
    | { readonly kind: 'returned'; readonly value: JsonText | undefined }
    | { readonly kind: 'threw'; readonly error: ScriptError }
    /** It was ended from outside: time, memory, a limit. */
    | { readonly kind: 'ended'; readonly why: string }
  readonly console: string
  /** Lines of the console beyond the limit. */
  readonly unseen: number
  readonly calls: number
}
