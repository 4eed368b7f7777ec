import { GatewayError } from '../domain/errors.ts'

/** One thing that is wrong, and where. Line and column count from 1; 0 when there is no such place, as for a variable. */
export interface ConfigIssue {
  /** A path, or what stands for it: `environment TRUNKLINE_PORT`, `flag --port`. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  readonly hint?: string
}

/** `trunkline.yaml:3:9 Expected …  (hint)` — the form that editors and terminals turn into a link. */
export function renderIssue(issue: ConfigIssue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file
  return `${place} ${issue.message}${issue.hint === undefined ? '' : ` ${issue.hint}`}`
}

/** The configuration cannot be used. It carries every issue that was found, not only the first. */
export class ConfigError extends GatewayError {
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[], options: ErrorOptions = {}) {
    const count = issues.length === 1 ? 'one problem' : `${issues.length} problems`
    const list = issues.map((issue) => `  ${renderIssue(issue)}`).join('\n')
    super('config_invalid', `The configuration has ${count}:\n${list}`, { ...options, details: { issues } })
    this.issues = issues
  }
}
