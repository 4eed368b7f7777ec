/** What one check saw. `evidence` is a fact, `fix` the thing to do. */
export interface CheckResult {
  readonly id: string
  readonly status: 'ok' | 'warning' | 'problem'
  readonly evidence: string
  readonly fix?: string
}
