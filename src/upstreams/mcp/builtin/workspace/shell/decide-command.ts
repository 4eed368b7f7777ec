import { posix } from 'node:path'
import { matchWildcard } from '../../../../../lib/match-wildcard.ts'
import type { WorkspaceBash } from '../../../../../domain/workspace.ts'
import { parseScript } from './parse-script.ts'
import { type SimpleCommand, UnparsableScriptError } from './script.ts'

export type CommandDecision =
  /** `commands` are all that the script runs, as far as it could be read. */
  | { readonly kind: 'run' | 'ask'; readonly commands: readonly SimpleCommand[] | undefined }
  | { readonly kind: 'refused'; readonly reason: string }

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'rbash'])
/** Programs whose arguments hold another command. */
const WRAPPERS = new Set([
  'builtin', 'busybox', 'chroot', 'command', 'doas', 'env', 'exec', 'find', 'flock', 'ionice', 'nice', 'nohup', 'parallel', 'script', 'setsid', 'ssh', 'stdbuf', 'strace', 'su', 'sudo',
  'taskset', 'time', 'timeout', 'unshare', 'watch', 'xargs',
])
/** Variables that change what a program prints, not what it runs. */
const HARMLESS = new Set(['CI', 'COLUMNS', 'DEBUG', 'FORCE_COLOR', 'LANG', 'LC_ALL', 'LC_CTYPE', 'NODE_ENV', 'NO_COLOR', 'TERM', 'TZ'])
/** Stands for a word that is known only when it runs; no rule holds it. */
const UNKNOWN = '\u0000'
const MOST_NESTING = 8

const programOf = (text: string): string => posix.basename(text)

/** A command as rules see it: words with one space between them. A word with white space in it is quoted, so that it is not two. */
function textOf(words: readonly string[]): string {
  return words.map((word) => (word === '' || /\s/.test(word) ? JSON.stringify(word) : word)).join(' ')
}

/** `npm run *` is also `npm run`; `npm run:*` is how some clients write it. */
function matchesRule(rule: string, text: string): boolean {
  const pattern = rule.trim().replaceAll(/\s+/g, ' ').replace(/:\*$/, ' *')
  return matchWildcard(pattern, text) !== undefined || (pattern.endsWith(' *') && matchWildcard(pattern.slice(0, -2), text) !== undefined)
}

const isListed = (rules: readonly string[], words: readonly string[]): boolean => rules.some((rule) => matchesRule(rule, textOf(words)))

/** Whether a rule could mean this command: under the program’s bare name, inside of a wrapper, and whatever unknown words turn out to be. */
function mayBeListed(rules: readonly string[], words: readonly string[]): boolean {
  const [program = '', ...rest] = words
  const forms = [words, [programOf(program), ...rest]]
  if (WRAPPERS.has(programOf(program))) forms.push(...rest.flatMap((_, index) => [rest.slice(index), [programOf(rest[index] ?? ''), ...rest.slice(index + 1)]]))
  return forms.some((form) => isListed(rules, form) || (form.includes(UNKNOWN) && rules.some((rule) => programOf(form[0] ?? '') === rule.trim().split(/[\s:]/)[0])))
}

/** The script that a command is given as a text: `bash -c '…'`, `eval …`, `trap '…' EXIT`. */
function scriptWithin({ words }: SimpleCommand): string | undefined {
  const [program, ...rest] = words
  const name = programOf(program?.text ?? '')
  const at = name === 'eval' || name === 'trap' ? 0 : SHELLS.has(name) ? rest.findIndex(({ text }) => /^[-+][a-zA-Z]*c[a-zA-Z]*$/.test(text)) + 1 : -1
  const isShellFile = SHELLS.has(name) && at === 0
  if (at < 0 || isShellFile) return undefined
  const given = name === 'eval' ? rest : rest.slice(at).filter(({ text }) => !/^[-+]/.test(text)).slice(0, 1)
  if (given.some(({ isDynamic, hasGlob }) => isDynamic || hasGlob)) throw new UnparsableScriptError(`what \`${name}\` runs is known only when it runs`)
  return given.map(({ text }) => text).join(' ')
}

/** All commands of a script, with those of scripts that they are given. */
function allCommands(script: string, nesting = 0): readonly SimpleCommand[] {
  if (nesting > MOST_NESTING) throw new UnparsableScriptError('scripts are nested too deeply')
  return parseScript(script).flatMap((command) => {
    const within = scriptWithin(command)
    return within === undefined ? [command] : [command, ...allCommands(within, nesting + 1)]
  })
}

function refusal(command: SimpleCommand, words: readonly string[], { allow, deny }: WorkspaceBash): string | undefined {
  const shown = textOf(words).replaceAll(UNKNOWN, '…')
  if (words[0] === UNKNOWN && (allow || deny.length > 0)) return 'the name of a program is known only when it runs'
  if (words.length > 0 && mayBeListed(deny, words)) return `\`${shown}\` is denied (\`bash.deny\`)`
  if (!allow) return undefined
  const variable = command.assignments.find(({ name }) => !HARMLESS.has(name))
  if (variable) return `the variable \`${variable.name}\` may not be set`
  if (words.length > 0 && !isListed(allow, words)) return `\`${shown}\` is not allowed (\`bash.allow\`)`
  return undefined
}

/**
 * Judges every command of a script by the rules: denied, to be asked about, allowed. What cannot be read is refused as soon as there
 * is a rule, or `mustRead`. Rules tell commands apart, not what a program does with its arguments: that is what a sandbox is for.
 */
export function decideCommand(script: string, bash: WorkspaceBash, mustRead: boolean): CommandDecision {
  const hasRules = bash.allow !== undefined || bash.deny.length > 0 || bash.ask.length > 0
  let commands: readonly SimpleCommand[]
  try {
    commands = allCommands(script)
  } catch (error) {
    if (!(error instanceof UnparsableScriptError)) throw error
    if (hasRules || mustRead) return { kind: 'refused', reason: `the command cannot be judged: ${error.message}` }
    return { kind: 'run', commands: undefined }
  }
  let isAsked = false
  for (const command of commands) {
    const words = command.words.map(({ text, isDynamic, hasGlob }, index) => (isDynamic || (index === 0 && hasGlob) ? UNKNOWN : text))
    const reason = refusal(command, words, bash)
    if (reason !== undefined) return { kind: 'refused', reason }
    isAsked ||= bash.ask.length > 0 && words.length > 0 && (words[0] === UNKNOWN || mayBeListed(bash.ask, words))
  }
  return { kind: isAsked ? 'ask' : 'run', commands }
}
