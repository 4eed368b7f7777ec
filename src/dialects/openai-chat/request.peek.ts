import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import type { RequestFacts, ScannedBody } from '../codec.ts'
import { sliceText } from '../json-edit.ts'
import type { MemberSpan } from '../json-scan.ts'

/** Members that the gateway obeys; a second one of a kind would let the provider obey another value. */
const OBEYED = ['model', 'stream', 'stream_options', 'n'] as const

type ObeyedMember = (typeof OBEYED)[number]

/** Longer than any value that these members can rightly have. */
const MAX_VALUE_BYTES = 4_096

export function findMember(body: ScannedBody, key: ObeyedMember): MemberSpan | undefined {
  const found = body.scan.members.filter((member) => member.key === key)
  if (found.length > 1) {
    throw new GatewayError('invalid_request', `Expected one member \`${key}\` in the body, found ${found.length}.`)
  }
  return found[0]
}

export function readValue(body: ScannedBody, member: MemberSpan): JsonValue {
  if (member.valueEnd - member.valueStart > MAX_VALUE_BYTES) {
    throw new GatewayError('invalid_request', `Expected \`${member.key}\` to be shorter than ${MAX_VALUE_BYTES} bytes.`)
  }
  try {
    return JSON.parse(sliceText(body.pieces, member.valueStart, member.valueEnd)) as JsonValue
  } catch (cause) {
    throw new GatewayError('invalid_request', `The value of \`${member.key}\` is not valid JSON.`, { cause })
  }
}

function describe(value: JsonValue | undefined): string {
  return value === undefined ? 'nothing' : `\`${JSON.stringify(value).slice(0, 80)}\``
}

/** Reads what routing needs. A wrong `stream` or `n` is refused here: taken differently by gateway and provider it would break the answer. */
export function peekRequest(body: ScannedBody): RequestFacts {
  const read = (key: ObeyedMember): JsonValue | undefined => {
    const member = findMember(body, key)
    return member && readValue(body, member)
  }
  const model = read('model')
  if (typeof model !== 'string' || model === '') {
    throw new GatewayError('invalid_request', `Expected \`model\` to be the name of a model, got ${describe(model)}.`)
  }
  const stream = read('stream') ?? false
  if (typeof stream !== 'boolean') {
    throw new GatewayError('invalid_request', `Expected \`stream\` to be true or false, got ${describe(stream)}.`)
  }
  const options = read('stream_options')
  const n = read('n')
  return {
    model,
    stream,
    wantsUsage: isJsonObject(options) && options['include_usage'] === true,
    choices: typeof n === 'number' && n >= 1 ? Math.floor(n) : 1,
  }
}
