import { type Command, Option } from 'commander'
import { CliError, EXIT } from './cli-error.ts'

/** The ways to select servers, as commander hands them over. The gateway judges them, so that there is one grammar. */
export interface SelectionFlags {
  readonly preset?: string
  readonly tagFilter?: string
  readonly filter?: string
  readonly tags?: string
}

const once =
  (flag: string) =>
  (value: string, previous: string | undefined): string => {
    if (previous === undefined) return value
    throw new CliError(EXIT.usage, 'invalid_argument', `Expected \`${flag}\` once.`)
  }

/** Adds the flags to a command; at most one of them may be used. */
export function addSelectionFlags(command: Command): Command {
  return command
    .addOption(new Option('--preset <name>', 'only servers of this preset').argParser(once('--preset')))
    .addOption(new Option('--tags <list>', 'only servers with any of these tags, with commas between').argParser(once('--tags')))
    .addOption(new Option('--tag-filter <expression>', 'only servers whose tags fit, such as `web+!slow`').argParser(once('--tag-filter')))
    .addOption(new Option('--filter <expression>', 'as --tag-filter, or as --tags').argParser(once('--filter')))
}

/** What was given, by the names that the gateway knows. */
export function selectorsOf({ preset, tagFilter, filter, tags }: SelectionFlags): readonly { readonly name: 'preset' | 'tag-filter' | 'filter' | 'tags'; readonly text: string }[] {
  const given = [
    { name: 'preset', text: preset },
    { name: 'tag-filter', text: tagFilter },
    { name: 'filter', text: filter },
    { name: 'tags', text: tags },
  ] as const
  return given.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]))
}

/** `?preset=…`, or nothing. */
export function selectionQuery(flags: SelectionFlags): string {
  const pairs = selectorsOf(flags).map(({ name, text }) => `${name}=${encodeURIComponent(text)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
