/** What can go wrong, by name. `after` counts events that are sent before it does. */
export const FAULTS = [
  'reset-before-headers', 'reset-after-headers', 'reset-reused', 'hang', 'cut', 'eof', 'stall', 'status', 'error-event', 'malformed',
  'json-instead', 'sse-instead', 'empty', 'endless', 'close-idle', 'half-body', 'redirect', 'gzip', 'http10',
] as const

export type Fault = (typeof FAULTS)[number]

export interface ScriptedTool {
  readonly name: string
  readonly arguments: string
  /** In the Responses dialect: a call of a custom tool, whose input is `arguments`, JSON or not. */
  readonly custom?: boolean
  /** In the Responses dialect. */
  readonly namespace?: string
}

/**
 * How the simulator answers one request. Flat, so that it can be written as JSON or behind a model's name:
 * `echo?chunks=20&intervalMs=5&fault=cut&after=3`.
 */
export interface Script {
  /** What the model says; what the user said, when absent. */
  readonly text?: string
  /** Into how many events the text is cut; one per word when absent. */
  readonly chunks?: number
  readonly reasoning?: string
  /** What seals the reasoning, or the first tool call, in the dialects that seal: `sim-seal` with reasoning, nothing without it. Responses has it only if asked for it. */
  readonly seal?: string
  /** Said instead of text or tools, in the dialect's own way to refuse. */
  readonly refusal?: string
  /** In the Gemini dialect: no candidate, but `promptFeedback.blockReason`. */
  readonly blockReason?: string
  /** Called instead of text, with `toolArguments` (JSON text). */
  readonly tool?: string
  readonly toolArguments?: string
  /** Several at once instead; in the chat dialect their fragments come interleaved. */
  readonly tools?: readonly ScriptedTool[]
  /** False leaves the ids of tool calls out where they may be: in the Gemini dialect. */
  readonly callIds?: boolean
  /** The number that the ids of calls are made from; 0 when absent. Real providers never say one twice. In the Ollama dialect it moves the time of the answer. */
  readonly firstCall?: number
  readonly inputTokens?: number
  /** Those of reasoning are part of them. */
  readonly outputTokens?: number
  readonly reasoningTokens?: number
  readonly cachedTokens?: number
  /** In the chat dialect, `with-content`: in the last chunk that has choices; `twice`: also in the middle, with smaller numbers. */
  readonly usage?: 'normal' | 'none' | 'string' | 'negative' | 'twice' | 'with-content'
  /** Numbers of each vector, whatever was asked for. */
  readonly dimensions?: number
  /** In the dialect's own words. Of the Responses dialect `failed`, or the reason of an incomplete answer. */
  readonly finish?: string
  /** How long a `background` answer is being made; 100 when absent. */
  readonly backgroundMs?: number
  /** Until the first byte of the answer. */
  readonly ttftMs?: number
  readonly intervalMs?: number
  /** Bytes per write; whole events when absent. 1 splits everywhere, in the middle of characters too. */
  readonly splitBytes?: number
  readonly splitIntervalMs?: number
  readonly newline?: 'lf' | 'crlf' | 'cr'
  /** Comments before the first and between events. */
  readonly comments?: boolean
  readonly bom?: boolean
  /** `none` leaves out what marks the end in the dialect: `[DONE]`, the last event, `finishReason`, `done`. */
  readonly terminator?: 'normal' | 'none'
  readonly contentType?: string
  readonly fault?: Fault
  readonly after?: number
  readonly status?: number
  readonly retryAfter?: string
  readonly retryAfterMs?: string
  /** Of an error answer, or the event of `error-event` and `malformed`. */
  readonly body?: string
}

/** A script that waits for its requests. */
export interface QueuedScript extends Script {
  /** Only for requests of this model; any when absent. */
  readonly model?: string
  /** For so many requests; 1 when absent. */
  readonly times?: number
}

const NUMBERS = new Set([
  'chunks', 'inputTokens', 'outputTokens', 'reasoningTokens', 'cachedTokens', 'backgroundMs', 'ttftMs', 'intervalMs', 'splitBytes', 'splitIntervalMs', 'firstCall',
  'after', 'status', 'times', 'dimensions',
])
const BOOLEANS = new Set(['comments', 'bom', 'callIds'])

/** The script behind a model's name, and the name without it. */
export function readModelScript(name: string): { readonly model: string; readonly script: Script } {
  const mark = name.indexOf('?')
  if (mark < 0) return { model: name, script: {} }
  const entries = [...new URLSearchParams(name.slice(mark + 1))].map(([key, value]) => {
    if (NUMBERS.has(key)) return [key, Number(value)] as const
    return [key, BOOLEANS.has(key) ? value === 'true' : value] as const
  })
  return { model: name.slice(0, mark), script: checkScript(Object.fromEntries(entries)) }
}

/** Throws a `TypeError` for a fault that does not exist: a test must not pass because of a slip in a name. */
export function checkScript(value: unknown): QueuedScript {
  if (typeof value !== 'object' || value === null) throw new TypeError('Expected a script to be an object.')
  const { fault } = value as { fault?: unknown }
  if (fault !== undefined && !FAULTS.some((known) => known === fault)) {
    throw new TypeError(`Expected \`fault\` to be one of ${FAULTS.join(', ')}, got \`${JSON.stringify(fault)}\`.`)
  }
  return value
}
