import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject } from '../../lib/json.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { clientMessage, clientMessages, type ClientMessage } from './client-messages.ts'

/** Throws `invalid_request` that names what is wrong. */
export function readClientMessage(value: unknown): ClientMessage {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', 'Expected a message to be a JSON object.')
  const { type } = value
  if (typeof type !== 'string') throw new GatewayError('invalid_request', 'Expected `type` to name the kind of the message.')
  if (!Object.hasOwn(clientMessages, type)) {
    const near = nearestWord(type.slice(0, 100), Object.keys(clientMessages))
    throw new GatewayError('invalid_request', `There is no message of type \`${type.slice(0, 100)}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`)
  }
  const read = clientMessage.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue && issue.path.length > 0 ? `\`${issue.path.join('.')}\`: ` : ''
  throw new GatewayError('invalid_request', `A \`${type}\` is not what was expected: ${place}${issue?.message ?? 'unknown'}.`)
}
