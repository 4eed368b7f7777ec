import { GatewayError, type ErrorCode } from '../../domain/errors.ts'
import type { TagFilterProblem } from '../../domain/parse-tag-filter.ts'

/** Why a selection is refused, for programs. Surfaces send it to the client beside the sentence. */
export type SelectionProblem =
  /** Two ways to select at once. */
  | { readonly reason: 'exclusive'; readonly parameters: readonly string[] }
  | { readonly reason: 'repeated' | 'empty' | 'encoding'; readonly parameter: string }
  | { readonly reason: 'misspelt'; readonly parameter: string; readonly expected: string }
  | ({ readonly reason: 'syntax'; readonly parameter: string } & TagFilterProblem)
  | { readonly reason: 'too-long'; readonly parameter: string; readonly limit: number }
  | { readonly reason: 'unknown-preset'; readonly preset: string; readonly nearest: readonly string[] }
  | { readonly reason: 'unknown-server' | 'not-selected'; readonly server: string; readonly nearest: readonly string[] }

/** A selection that cannot be served, with what is wrong as data. */
export class SelectionError extends GatewayError {
  readonly problem: SelectionProblem

  constructor(code: Extract<ErrorCode, 'invalid_request' | 'unknown_preset' | 'unknown_server'>, message: string, problem: SelectionProblem) {
    super(code, message)
    this.problem = problem
  }
}
