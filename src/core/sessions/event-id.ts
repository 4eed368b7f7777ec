import { randomBytes } from 'node:crypto'
import type { RpcId } from '../../domain/json-rpc.ts'

/** What a stream carries: the answer to one request, those of a batch, or what belongs to no request. */
export type StreamPurpose = { readonly kind: 'request'; readonly id: RpcId } | { readonly kind: 'batch' } | { readonly kind: 'unrelated' }

/** A place in a stream of a session. Event ids mean nothing outside of their session. */
export interface EventPosition {
  readonly stream: string
  readonly sequence: number
  /** The answer that ends the stream was seen. */
  readonly isEnd: boolean
}

/** The first letter of a stream says what it is for, so that this is known of a stream that is not. */
const LETTERS = { request: 'r', batch: 'b', unrelated: 'u' } as const

/** `rDk3_0aYz.hbq1v3a9k`, with `.end` after an answer. */
const EVENT_ID = /^([rbu][\w-]{8})\.([0-9a-z]{1,11})(\.end)?$/

export function makeStreamId({ kind }: StreamPurpose): string {
  return LETTERS[kind] + randomBytes(6).toString('base64url')
}

export const isUnrelatedStream = (stream: string): boolean => stream.startsWith(LETTERS.unrelated)

export function writeEventId({ stream, sequence, isEnd }: EventPosition): string {
  return `${stream}.${sequence.toString(36)}${isEnd ? '.end' : ''}`
}

/** Undefined for what was never an event id of ours. */
export function readEventId(text: string): EventPosition | undefined {
  const [, stream, sequence, end] = EVENT_ID.exec(text) ?? []
  if (stream === undefined || sequence === undefined) return undefined
  return { stream, sequence: Number.parseInt(sequence, 36), isEnd: end !== undefined }
}
