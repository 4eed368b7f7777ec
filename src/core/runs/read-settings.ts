import { findMember, setMembers, sliceText, type CanonicalRequest, type ScannedBody } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { createRecentlyUsed } from '../../lib/recently-used.ts'
import type { RunDialect } from './fragments.ts'

/** What a request says beside its conversation. */
export interface RequestSettings {
  readonly body: JsonObject
  readonly canonical: CanonicalRequest
}

export type ReadSettings = (body: ScannedBody, dialect: RunDialect) => RequestSettings

/** Settings that are longer are read each time, so that what is kept stays small. */
const MOST_CHARACTERS = 128 * 1024
const MOST = 16

/** A conversation that is no list stays: the dialect says what is wrong with it. */
function textBesideConversation(body: ScannedBody, conversation: string): string {
  const member = findMember(body, conversation)
  const isList = member !== undefined && sliceText(body.pieces, member.valueStart, member.valueStart + 1) === '['
  const { pieces } = isList ? setMembers(body, { [conversation]: '[]' as JsonText }) : body
  return Buffer.concat(pieces).toString('utf8')
}

function read(text: string, { codec }: RunDialect): RequestSettings {
  let body
  try {
    body = parseExact(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The request body is not valid JSON.', { cause })
  }
  if (!isJsonObject(body)) throw new GatewayError('invalid_request', 'Expected the request body to be a JSON object.')
  return { body, canonical: codec.translation.decodeRequest(body) }
}

/** Turn after turn a client sends the same settings, its own tools among them, with a longer conversation: they are read once. */
export function createSettingsReader(): ReadSettings {
  const recent = createRecentlyUsed<RequestSettings>(MOST)
  return (body, dialect) => {
    const text = textBesideConversation(body, dialect.turns.conversation)
    if (text.length > MOST_CHARACTERS) return read(text, dialect)
    return recent.get(`${dialect.codec.dialect} ${text}`, () => read(text, dialect))
  }
}
