import { ConfigError, loadConfig, renderIssue, type LoadedConfig } from '../../config/index.ts'
import { configOptions, type CommandContext, type CommonFlags } from '../context.ts'
import type { CheckResult } from './check-result.ts'

export interface ConfigCheck {
  readonly loaded: LoadedConfig | undefined
  readonly results: readonly CheckResult[]
}

/** One result per finding, each with the line it is on. */
export function checkConfig(context: CommandContext, flags: CommonFlags): ConfigCheck {
  try {
    const loaded = loadConfig(configOptions(context, flags))
    const evidence = loaded.file === undefined ? 'no document; the built-in configuration is used' : `${loaded.file} is valid`
    const warnings = loaded.warnings.map(({ hint, ...warning }): CheckResult => ({ id: 'config', status: 'warning', evidence: renderIssue(warning), ...(hint === undefined ? {} : { fix: hint }) }))
    return { loaded, results: [{ id: 'config', status: 'ok', evidence }, ...warnings] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const results = error.issues.map(({ hint, ...issue }): CheckResult => ({ id: 'config', status: 'problem', evidence: renderIssue(issue), fix: hint ?? `Correct ${issue.file}${issue.line > 0 ? `, line ${issue.line}` : ''}.` }))
    return { loaded: undefined, results }
  }
}
