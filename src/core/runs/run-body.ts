import { findMember, setMembers, sliceText, type ScannedBody } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { readItems, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { RunDialect } from './fragments.ts'

/** The text of a top-level member; undefined where there is none or it says nothing. */
export function memberText(body: ScannedBody, key: string): JsonText | undefined {
  const member = findMember(body, key)
  if (!member) return undefined
  const text = sliceText(body.pieces, member.valueStart, member.valueEnd)
  return text === 'null' ? undefined : (text as JsonText)
}

export function readList(body: ScannedBody, key: string): readonly JsonText[] {
  const text = memberText(body, key)
  if (text === undefined) return []
  if (!text.startsWith('[')) throw new GatewayError('invalid_request', `Expected \`${key}\` to be a list.`, { details: { param: key } })
  return readItems(text)
}

const listText = (items: readonly string[]): JsonText => `[${items.join(',')}]` as JsonText

/**
 * Nothing that the client wrote is written again: tools are added behind its own, and the conversation goes on behind its own;
 * without a conversation it stays as it is.
 */
export function composeBody(body: ScannedBody, { turns }: RunDialect, conversation: readonly JsonText[] | undefined, tools: readonly JsonText[], mayCall: boolean): ScannedBody {
  const forbidden = mayCall ? {} : Object.fromEntries(Object.entries(turns.forbidCalls).map(([key, value]) => [key, toJsonText(value ?? null)]))
  return setMembers(body, { ...(conversation ? { [turns.conversation]: listText(conversation) } : {}), tools: listText(tools), ...forbidden })
}

export const asTexts = (elements: readonly JsonObject[]): readonly JsonText[] => elements.map((element) => toJsonText(element))
