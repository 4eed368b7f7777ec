import type { Dialect } from '../../domain/dialect.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import type { Sourced, ToolDefinition, ToolResultBlock } from './request.ts'

/** Members that hold a part of the question, or that the answer’s form rests on. */
const NEVER_LOST = new Set(['cachedContent', 'cached_content', 'responseModalities', 'response_modalities', 'responseLogprobs', 'response_logprobs'])

/** Collects what one translation could not express, what was said of a place only once. */
export class LossList {
  readonly #losses = new Map<string, Loss>()
  readonly #isForeign: boolean
  readonly #from: Dialect

  /** Extras are a loss only where they go to another dialect than their own. */
  constructor(from: Dialect, to: Dialect) {
    this.#isForeign = from !== to
    this.#from = from
  }

  get list(): readonly Loss[] {
    return [...this.#losses.values()]
  }

  dropped(path: string, reason: string): void {
    this.#losses.set(JSON.stringify([path, reason]), { path, kind: 'dropped', reason })
  }

  approximated(path: string, reason: string): void {
    this.#losses.set(JSON.stringify([path, reason]), { path, kind: 'approximated', reason })
  }

  /** A tool that is not offered, with all that was said of it: `/tools/3`. */
  withheldTool({ path }: ToolDefinition, reason: string): void {
    this.dropped(path.replace(/\/(?:function|custom)$/, ''), reason)
  }

  /** A result that says of itself that the tool failed, for a dialect without a mark for it. */
  failedResult({ path, isError }: ToolResultBlock): void {
    if (isError) this.approximated(`${path}${this.#from === 'google-generate-content' ? '/functionResponse/response/error' : '/is_error'}`, 'said in the text of the result')
  }

  /** The extras to write, for `mergeMembers`; none for another dialect, where each that says something is a loss. */
  extras({ path, extras = {}, inner = {} }: Sourced): JsonObject {
    if (!this.#isForeign) return { ...extras, ...inner }
    this.#lose(path, extras)
    for (const [key, members] of Object.entries(inner)) this.#lose(`${path}/${escapePointer(key)}`, members)
    return {}
  }

  #lose(path: string, members: JsonObject): void {
    for (const [key, value] of Object.entries(members)) {
      if (value === null || value === undefined) continue
      if (NEVER_LOST.has(key)) refuseField(`${path}/${escapePointer(key)}`, 'the provider’s dialect has no such field, and without it the answer would be another')
      this.dropped(`${path}/${escapePointer(key)}`, 'the provider’s dialect has no such field')
    }
  }
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
