import { isJsonObject } from '../../lib/json.ts'
import { EMPTY_OBJECT, parseJsonText, readMember, readMembers, type JsonText } from '../../lib/json-text.ts'
import { InvocationFailure } from './invocation-failure.ts'

/** One call as a script asks for it. */
export interface Invocation {
  /** An exposed name, a server's own name when `server` is given, or `server/tool`. */
  readonly tool: string
  readonly server: string | undefined
  /** As the client wrote them. */
  readonly arguments: JsonText
  /** For all of it; the server's own time-out without it. */
  readonly timeoutMs: number | undefined
}

/** `_meta` holds the request context, as in MCP. */
const MEMBERS = ['tool', 'server', 'arguments', 'timeoutMs', '_meta']
const MOST_TIMEOUT_MS = 3_600_000

function readText(body: JsonText, key: string): string | undefined {
  const text = readMember(body, key)
  const value = text === undefined ? undefined : parseJsonText(text)
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw new InvocationFailure('invalid_request', `Expected \`${key}\` to be a text.`)
}

function readTimeout(body: JsonText): number | undefined {
  const text = readMember(body, 'timeoutMs')
  if (text === undefined) return undefined
  const value = parseJsonText(text)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_TIMEOUT_MS) return value
  throw new InvocationFailure('invalid_timeout', `Expected \`timeoutMs\` to be a whole number of 1–${MOST_TIMEOUT_MS}, got \`${text.slice(0, 40)}\`.`)
}

/** Takes the text of a body. Throws an `InvocationFailure` for one that asks for nothing. */
export function readInvocation(text: string): Invocation {
  let isObject: boolean
  try {
    isObject = isJsonObject(JSON.parse(text))
  } catch (cause) {
    throw new InvocationFailure('invalid_request', 'Expected the body to be JSON such as `{"tool":"demo__add","arguments":{"a":1}}`.', { cause })
  }
  if (!isObject) throw new InvocationFailure('invalid_request', 'Expected the body to be a JSON object.')
  const body = text as JsonText
  const unknown = readMembers(body).find(({ key }) => !MEMBERS.includes(key))
  if (unknown) throw new InvocationFailure('invalid_request', `\`${unknown.key}\` is not known here. There are: ${MEMBERS.join(', ')}.`)
  const tool = readText(body, 'tool')
  if (tool === undefined) throw new InvocationFailure('invalid_request', 'Expected `tool` to name a tool; `GET /api/tools` lists them.')
  const given = readMember(body, 'arguments') ?? EMPTY_OBJECT
  if (!given.startsWith('{')) throw new InvocationFailure('invalid_arguments', 'Expected `arguments` to be a JSON object.')
  return { tool, server: readText(body, 'server'), arguments: given, timeoutMs: readTimeout(body) }
}
