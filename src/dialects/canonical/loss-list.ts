import type { Dialect } from '../../domain/dialect.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import type { CacheMark, Remark, Sourced, ToolDefinition, ToolResultBlock } from './request.ts'

/** Members that hold a part of the question, or that the answer’s form rests on. */
const NEVER_LOST = new Set(['cachedContent', 'cached_content', 'responseModalities', 'response_modalities', 'responseLogprobs', 'response_logprobs'])

/** What is true of a member that nobody here has a name for. */
const UNKNOWN = 'the gateway knows nothing like it in the provider’s dialect'

const UNCACHED = 'the provider decides itself what it caches'

/** What is true of some members wherever no block has a place for them. */
const REASONS: Readonly<Record<string, string>> = { cache_control: UNCACHED, prompt_cache_breakpoint: UNCACHED, '/user': 'the provider takes one name for whom it works, and `safety_identifier` is it' }

/** Collects what one translation could not express, what was said of a place only once. */
export class LossList {
  readonly #losses = new Map<string, Loss>()
  /** Whether the provider speaks another dialect than the client. Extras are a loss only then. */
  readonly isForeign: boolean

  constructor(from: Dialect, to: Dialect) {
    this.isForeign = from !== to
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
  failedResult({ path, isError, errorPath }: ToolResultBlock): void {
    if (isError) this.approximated(errorPath ?? path, 'said in the text of the result')
  }

  /** A wish to cache, for a provider that cannot be told. */
  unmarked(cache: CacheMark | undefined): void {
    if (cache) this.dropped(cache.path, UNCACHED)
  }

  /** How closely to look at a picture, for a provider that cannot be told. */
  unseen(detail: Remark | undefined): void {
    if (detail) this.dropped(detail.path, 'the provider decides itself how closely it looks')
  }

  /** The extras to write, for `mergeMembers`; none for another dialect, where each that says something is a loss. */
  extras({ path, extras = {}, inner = {} }: Sourced): JsonObject {
    if (!this.isForeign) return { ...extras, ...inner }
    this.#lose(path, extras)
    for (const [key, members] of Object.entries(inner)) this.#lose(`${path}/${escapePointer(key)}`, members)
    return {}
  }

  #lose(path: string, members: JsonObject): void {
    for (const [key, value] of Object.entries(members)) {
      if (value === null || value === undefined) continue
      if (NEVER_LOST.has(key)) refuseField(`${path}/${escapePointer(key)}`, `${UNKNOWN}, and without it the answer would be another`)
      this.dropped(`${path}/${escapePointer(key)}`, REASONS[`${path}/${key}`] ?? REASONS[key] ?? UNKNOWN)
    }
  }
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
