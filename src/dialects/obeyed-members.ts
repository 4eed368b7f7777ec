import { GatewayError } from '../domain/errors.ts'
import type { JsonValue } from '../lib/json.ts'
import type { ScannedBody } from './codec.ts'
import { sliceText } from './json-edit.ts'
import type { MemberSpan } from './json-scan.ts'

/** Longer than any value that the gateway obeys can rightly have. */
const MAX_VALUE_BYTES = 4_096

/** A top-level member that the gateway obeys. A second one of its kind is refused: the provider could obey the other. */
export function findMember(body: ScannedBody, key: string): MemberSpan | undefined {
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

export function readObeyed(body: ScannedBody, key: string): JsonValue | undefined {
  const member = findMember(body, key)
  return member && readValue(body, member)
}

const describe = (value: JsonValue | undefined): string => (value === undefined ? 'nothing' : `\`${JSON.stringify(value).slice(0, 80)}\``)

/** What every dialect with its model in the body routes by. A wrong `stream` is refused: taken differently by gateway and provider it would break the answer. */
export function readModelAndStream(body: ScannedBody): { readonly model: string; readonly stream: boolean } {
  const model = readObeyed(body, 'model')
  if (typeof model !== 'string' || model === '') {
    throw new GatewayError('invalid_request', `Expected \`model\` to be the name of a model, got ${describe(model)}.`)
  }
  const stream = readObeyed(body, 'stream') ?? false
  if (typeof stream !== 'boolean') {
    throw new GatewayError('invalid_request', `Expected \`stream\` to be true or false, got ${describe(stream)}.`)
  }
  return { model, stream }
}
