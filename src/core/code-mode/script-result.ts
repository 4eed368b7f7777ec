import type { McpEra } from '../../domain/mcp-server.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ScriptEnd } from '../../upstreams/sandbox/index.ts'

/** What is told of a script beside what it returned. */
export interface ScriptFacts {
  readonly id: string
  readonly durationMs: number
}

function bounded(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most)}\n… cut here: it has ${text.length} characters and ${most} are shown. Return less, such as a count, a part or a summary.`
}

function sayReturned(value: JsonText | undefined): string {
  if (value === undefined) return 'The script returned nothing. `return` what you want to see.'
  const parsed = parseJsonText(value)
  return typeof parsed === 'string' ? parsed : value
}

function say({ outcome }: ScriptEnd): string {
  if (outcome.kind === 'returned') return sayReturned(outcome.value)
  if (outcome.kind === 'ended') return outcome.why
  const { name, message, line } = outcome.error
  return `${name}: ${message}${line === undefined ? '' : ` (line ${line} of the script)`}`
}

/** The result of `code_run`: what the script returned or died of, then its console. Text alone, as of every tool of the gateway’s own. */
export function writeScriptResult(era: McpEra, end: ScriptEnd, facts: ScriptFacts, mostCharacters: number): JsonText {
  const texts = [bounded(say(end), mostCharacters)]
  const more = end.unseen > 0 ? `\n… ${end.unseen} more lines are left out.` : ''
  if (end.console !== '' || more !== '') texts.push(`console:\n${bounded(end.console, mostCharacters)}${more}`)
  return toJsonText({
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    content: texts.map((text) => ({ type: 'text', text })),
    ...(end.outcome.kind === 'returned' ? {} : { isError: true }),
    _meta: { 'trunkline/script': { id: facts.id, calls: end.calls, durationMs: Math.round(facts.durationMs) } },
  })
}
