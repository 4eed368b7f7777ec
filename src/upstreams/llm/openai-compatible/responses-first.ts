import { matchWildcard } from '../../../lib/match-wildcard.ts'

/**
 * OpenAI's models that refuse tools, or everything, in Chat Completions. Others take both dialects, and what is sent to them
 * translated goes by Chat Completions.
 */
const PATTERNS = ['gpt-6*', 'gpt-5.6*', '*-codex*', 'codex-*', 'o1-pro*', 'o3-pro*', 'gpt-5*-pro*', '*-deep-research*', 'computer-use-*']

export function needsResponses(model: string): boolean {
  return PATTERNS.some((pattern) => matchWildcard(pattern, model) !== undefined)
}
