import { isJsonObject } from '../../lib/json.ts'
import { parseJsonText, readMember, type JsonText } from '../../lib/json-text.ts'

/** A call that a script wants: by place (`tools.<server>.<tool>`), or by exposed name for the whole result. */
export type ScriptCall =
  | { readonly kind: 'placed'; readonly server: string; readonly tool: string; readonly arguments: JsonText | undefined }
  | { readonly kind: 'named'; readonly name: string; readonly arguments: JsonText | undefined }

/** What a script died of, in its own words. */
export interface ScriptError {
  readonly name: string
  readonly message: string
  /** Of the script, from 1. */
  readonly line: number | undefined
}

export type ScriptMessage =
  | { readonly kind: 'call'; readonly id: number; readonly call: ScriptCall }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'unseen'; readonly count: number }
  | { readonly kind: 'done'; readonly value: JsonText | undefined }
  | { readonly kind: 'failed'; readonly error: ScriptError }

/** Text of the process that nothing of the protocol allows. It says nothing about who wrote it. */
export class ForeignMessage extends Error {}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function readCall(json: JsonText): ScriptCall | undefined {
  const value = parseJsonText(json)
  if (!isJsonObject(value)) return undefined
  const given = { arguments: value['arguments'] === undefined ? undefined : readMember(json, 'arguments') }
  const { server, tool, name } = value
  if (typeof name === 'string') return { kind: 'named', name, ...given }
  return typeof server === 'string' && typeof tool === 'string' ? { kind: 'placed', server, tool, ...given } : undefined
}

function readError(value: unknown): ScriptError {
  if (!isJsonObject(value)) return { name: 'Error', message: 'The script failed.', line: undefined }
  return { name: text(value['name']).slice(0, 64) || 'Error', message: text(value['message']), line: isCount(value['line']) ? value['line'] : undefined }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new ForeignMessage('not JSON', { cause: error })
  }
}

/** Reads a line of the process, which may be anybody's: only what is known here is looked at. Throws `ForeignMessage`. */
export function readScriptMessage(line: string): ScriptMessage {
  const value = parse(line)
  if (!isJsonObject(value)) throw new ForeignMessage('not an object')
  const json = line as JsonText
  const { kind, id, count } = value
  if (kind === 'log' && typeof value['text'] === 'string') return { kind, text: value['text'] }
  if (kind === 'unseen' && isCount(count)) return { kind, count }
  if (kind === 'done') return { kind, value: readMember(json, 'value') }
  if (kind === 'failed') return { kind, error: readError(value['error']) }
  const wanted = kind === 'call' ? readMember(json, 'call') : undefined
  const call = wanted === undefined ? undefined : readCall(wanted)
  if (call === undefined || !isCount(id)) throw new ForeignMessage('unknown message')
  return { kind: 'call', id, call }
}
