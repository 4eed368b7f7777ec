import { GatewayError } from '../../../../../domain/errors.ts'
import type { ManageSettings } from '../../../../../domain/manage.ts'
import { refuseText, type GivenText } from '../secret-texts.ts'
import { COMMANDS_REFUSED } from './plan-install.ts'

/** How a caller wants a server to be reached. */
export interface GivenConnection {
  readonly command?: string | undefined
  readonly args?: readonly string[] | undefined
  readonly env?: Readonly<Record<string, string | null>> | undefined
  readonly cwd?: string | undefined
  readonly url?: string | undefined
  readonly headers?: Readonly<Record<string, string | null>> | undefined
}

const entriesOf = (map: GivenConnection['env'], place: string): readonly GivenText[] =>
  Object.entries(map ?? {}).flatMap(([name, text]) => (text === null ? [] : [{ place: `${place}.${name}`, name, text }]))

/** A value behind a name such as `--api-key`, or in `API_KEY=…`, is as secret as its name says. */
function argumentTexts(args: readonly string[]): readonly GivenText[] {
  return args.map((argument, index) => {
    const before = args[index - 1] ?? ''
    const [, name, value] = /^([^=\s]+)=([^]*)$/.exec(argument) ?? []
    if (name !== undefined && value !== undefined) return { place: `args[${index}]`, name, text: value }
    return { place: `args[${index}]`, name: before.startsWith('-') && !before.includes('=') && !argument.startsWith('-') ? before : '', text: argument }
  })
}

function queryTexts(url: string): readonly GivenText[] {
  const query = url.split('?', 2)[1] ?? ''
  return query.split('&').flatMap((pair) => {
    const [name = '', ...value] = pair.split('=')
    return value.length === 0 ? [] : [{ place: `url?${name}`, name, text: value.join('=') }]
  })
}

/** Whether a caller says what is started. */
export const namesCommand = ({ command, args, env, cwd }: GivenConnection): boolean => [command, args, env, cwd].some((given) => given !== undefined)

/** Throws for what callers may not say here, all of it at once. Addresses are judged elsewhere. */
export function checkConnection(given: GivenConnection, { allowCommands, variables }: Pick<ManageSettings, 'allowCommands' | 'variables'>): void {
  if (namesCommand(given) && !allowCommands) throw new GatewayError('forbidden', COMMANDS_REFUSED)
  const { command, args = [], env, cwd, url, headers } = given
  const sole = [['command', command], ['cwd', cwd], ['url', url]] as const
  const texts: readonly GivenText[] = [
    ...sole.flatMap(([place, text]) => (text === undefined ? [] : [{ place, name: '', text }])),
    ...argumentTexts(args),
    ...queryTexts(url ?? ''),
    ...entriesOf(env, 'env'),
    ...entriesOf(headers, 'headers'),
  ]
  const problems = texts.flatMap((text) => refuseText(text, variables) ?? [])
  for (const [place, text] of [['command', command], ['cwd', cwd]] as const) if (text?.includes('${') === true) problems.push(`\`${place}\` takes no variable.`)
  if (problems.length > 0) throw new GatewayError('invalid_request', problems.join('\n'))
}
