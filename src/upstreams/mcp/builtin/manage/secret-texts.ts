import { maskKeys } from '../../../../lib/mask-keys.ts'

export const MASK = '[redacted]'

const REFERENCE = /\$\{[^}]*\}/g
const PLAIN_REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/
const SECRET_WORDS = new Set(['key', 'apikey', 'token', 'secret', 'password', 'passwd', 'pwd', 'passphrase', 'credential', 'credentials', 'auth', 'authorization', 'cookie', 'bearer', 'pat', 'dsn'])

/** `GITHUB_TOKEN`, `x-api-key`, `--accessKey`: names of what should not be read by everybody. */
export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/)
  return words.some((word) => SECRET_WORDS.has(word))
}

/** A text that holds no secret itself: `${NAME}`, also behind a word such as `Bearer `. */
export function isReference(text: string): boolean {
  const references = text.match(REFERENCE) ?? []
  return references.length > 0 && references.every((reference) => PLAIN_REFERENCE.test(reference)) && /^[A-Za-z]{0,12}[ :=]?$/.test(text.replaceAll(REFERENCE, ''))
}

export const maskText = (text: string): string => (isReference(text) ? text : MASK)

/** What looks like a credential, whatever its name: a well-known key, or a user with a password in an address. */
const maskCredentials = (text: string): string => maskKeys(text).replaceAll(/\/\/[^@/\s]+@/g, `//${MASK}@`)

/** Variables, headers and the like: any of them may be a secret, so only references are shown. */
export function maskMap(map: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, typeof value === 'string' ? maskText(value) : MASK]))
}

/** An address without a user, a password and the values of its query. */
export function maskUrl(text: string): string {
  const [written = '', query] = text.split('?', 2)
  const base = maskCredentials(written)
  if (query === undefined) return base
  const masked = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return value.length === 0 ? name : `${name}=${maskText(value.join('='))}`
  })
  return `${base}?${masked.join('&')}`
}

/** A command line’s arguments: what follows a name such as `--api-key`, or stands behind it, is masked. */
export function maskArguments(args: readonly string[]): readonly string[] {
  return args.map((argument, index) => {
    const before = args[index - 1] ?? ''
    if (before.startsWith('-') && !before.includes('=') && isSecretName(before) && !argument.startsWith('-')) return maskText(argument)
    const [, name = '', value = ''] = /^([^=\s]+)=([^]*)$/.exec(argument) ?? []
    if (name !== '' && isSecretName(name)) return `${name}=${maskText(value)}`
    return maskCredentials(argument)
  })
}

export interface GivenText {
  /** As whoever wrote it knows it: `env.API_KEY`. */
  readonly place: string
  readonly name: string
  readonly text: string
  readonly isSecret?: boolean
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name))
}

function refuseReferences(place: string, text: string, allowed: readonly string[]): string | undefined {
  for (const reference of text.match(REFERENCE) ?? []) {
    const variable = reference.slice(2, -1)
    if (!PLAIN_REFERENCE.test(reference)) return `\`${place}\`: \`${reference}\` is no form that is known here; use \`\${NAME}\`.`
    if (!isAllowed(variable, allowed)) return `\`${place}\`: the variable \`${variable}\` may not be used (\`manage.variables\`).`
  }
  return undefined
}

/** Why a text of a caller cannot be taken; undefined when it can. Secrets are only taken as names of variables that the operator allows. */
export function refuseText({ place, name, text, isSecret = false }: GivenText, allowedVariables: readonly string[]): string | undefined {
  if (/\p{Cc}/u.test(text)) return `\`${place}\` holds a control character, such as a line break.`
  const refused = refuseReferences(place, text, allowedVariables)
  if (refused !== undefined) return refused
  const mustRefer = isSecret || isSecretName(name) || maskCredentials(text) !== text
  if (mustRefer && text !== '' && !isReference(text)) return `\`${place}\` is a secret: give the name of a variable of the gateway that holds it, as in \`\${${/^[A-Za-z_]\w*$/.test(name) ? name : 'NAME'}}\`, not the secret itself.`
  return undefined
}
