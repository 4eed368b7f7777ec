import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { joinSaid } from '../canonical/join-said.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { Block, CanonicalRequest, Message, ToolCallBlock, ToolResultBlock } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { wireName } from '../canonical/wire-name.ts'
import { withoutMark } from '../canonical/without-mark.ts'
import { callIdFor } from './call-id.ts'
import { readCallPayload, writeCallSeal } from './call-seal.ts'
import { takeMark, takesMarks, writeMark } from './request.cache-marks.ts'
import { encodePart, encodeParts, encodeText, wordsOf, type EncodedPart } from './request.encode-parts.ts'
import { encodeReplay } from './request.encode-replay.ts'
import type { Scene } from './request.scene.ts'

const isText = ({ part }: EncodedPart): boolean => part['type'] === 'text'

const isPlain = (part: JsonObject): boolean => part['type'] === 'text' && Object.keys(part).length === 2

/** One text is said as a string, which every server takes. */
function joinParts(parts: readonly JsonObject[]): JsonValue {
  const [only] = parts
  return parts.length === 1 && only && isPlain(only) ? wordsOf(only) : parts
}

const join = (parts: readonly EncodedPart[]): string => joinSaid(parts.map(({ part, isApart }) => ({ text: wordsOf(part), isApart })))

/** Tool messages hold text; a picture in a result follows in a message of its own. */
function encodeResult(block: ToolResultBlock, scene: Scene): { readonly message: JsonObject; readonly media: readonly JsonObject[] } {
  const { losses } = scene
  const { mark: own, rest } = takeMark(block, scene)
  const extras = losses.extras(rest)
  const last = takesMarks(scene) ? block.content.findLast((part) => part.type === 'text') : undefined
  const mark = last?.cache ? writeMark(last.cache) : own
  const callId = callIdFor(block.callId, scene.context.quirks)
  const parts = encodeParts(block.content.map((part) => (part.type === 'text' && part !== last ? withoutMark(part, losses) : part)), scene)
  const texts = parts.filter(isText).map(({ part }) => wordsOf(part))
  const others = parts.filter((part) => !isText(part)).map(({ part }) => part)
  losses.failedResult(block)
  const note = others.length > 0 ? { type: 'text', text: `[tool result image for ${callId}]` } : undefined
  const body = `${block.isError ? 'Error: ' : ''}${texts.join('\n')}`
  const said = body === '' && note ? note.text : body
  const isMarked = said !== '' && mark['cache_control'] !== undefined
  const message = { role: 'tool', tool_call_id: callId, content: isMarked ? [{ type: 'text', text: said, ...mark }] : said }
  return { message: mergeMembers(message, extras), media: note ? [note, ...others] : [] }
}

/** Results come first, next to their calls; what the user says besides comes after them. */
function encodeUser(message: Message, scene: Scene): readonly JsonObject[] {
  const results = message.blocks.filter((block) => block.type === 'tool-result').map((block) => encodeResult(block, scene))
  const said = encodeParts(message.blocks.filter((block) => block.type !== 'tool-result'), scene).map(({ part }) => part)
  const parts = [...results.flatMap(({ media }) => media), ...said]
  return [...results.map((result) => result.message), ...(parts.length > 0 ? [{ role: 'user', content: joinParts(parts) }] : [])]
}

function encodeCall(block: ToolCallBlock, { losses, context }: Scene): JsonObject {
  const extras = losses.extras(block)
  const { argumentsText, isCustom } = block
  const id = callIdFor(block.callId, context.quirks)
  const name = wireName(block)
  if (isCustom && (!losses.isForeign || context.quirks.hasOpenaiTools === true)) return mergeMembers({ id, type: 'custom', custom: { name, input: argumentsText } }, extras)
  const said = isCustom ? JSON.stringify({ input: argumentsText }) : argumentsText
  return mergeMembers({ id, type: 'function', function: { name, arguments: said.trim() === '' ? '{}' : said } }, extras)
}

/** A signature that sat on the call goes back there, to the model that issued it. */
function callSeal(before: Block | undefined, { context: { seals, target } }: Scene): JsonObject {
  const payload = before?.type === 'reasoning' && before.seal !== undefined ? seals.open(before.seal, target) : undefined
  const signature = payload === undefined ? undefined : readCallPayload(payload)
  return signature === undefined ? {} : writeCallSeal(signature)
}

function encodeAssistant(message: Message, scene: Scene): JsonObject {
  const { quirks } = scene.context
  const calls = message.blocks.flatMap((block, index) => (block.type === 'tool-call' ? [{ ...encodeCall(block, scene), ...callSeal(message.blocks[index - 1], scene) }] : []))
  const said = message.blocks.filter((block) => block.type !== 'tool-call' && block.type !== 'reasoning').flatMap((block) => {
    const parts = encodeParts([takesMarks(scene) ? block : withoutMark(block, scene.losses)], scene)
    if (parts.some((part) => !isText(part))) scene.losses.dropped(block.path, 'an assistant says only text in this dialect')
    return parts.filter(isText)
  })
  const { prefix, members } = encodeReplay(message, scene.context, scene.losses)
  const text = `${prefix}${join(said)}`
  const marked = said.some(({ part }) => !isPlain(part)) ? [...(prefix === '' ? [] : [{ type: 'text', text: prefix }]), ...said.map(({ part }) => part)] : undefined
  if (marked) return { role: 'assistant', content: marked, ...members, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
  const content = text === '' && calls.length > 0 && quirks.takesOnlyText !== true ? null : text
  return { role: 'assistant', content, ...members, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
}

function encodeLateSystem(message: Message, scene: Scene): readonly JsonObject[] {
  const parts = message.blocks.map((block) => encodePart(withoutMark(block, scene.losses), scene)).filter((part) => part?.['type'] === 'text')
  const text = parts.map(wordsOf).join('\n\n')
  if (text === '') return []
  if (scene.context.quirks.takesLateSystem === true) return [{ role: 'system', content: text }]
  scene.losses.approximated(message.path, 'an instruction in the middle became a reminder of the user')
  return [{ role: 'user', content: `<system-reminder>\n${text}\n</system-reminder>` }]
}

/** Nothing is left of a turn whose blocks all have no place here. */
const isNothing = (said: JsonObject, { blocks }: Message): boolean => said['content'] === '' && said['tool_calls'] === undefined && blocks.length > 0 && Object.keys(said).length === 2

export function encodeMessages(request: CanonicalRequest, context: RequestContext, losses: LossList): readonly JsonObject[] {
  const scene: Scene = { request, context, losses }
  const system = request.system.map((block) => encodeText(block, scene)).filter((part) => part !== undefined)
  const messages = request.messages.flatMap((message) => {
    losses.extras(message)
    if (message.role === 'system') return encodeLateSystem(message, scene)
    if (message.role === 'user') return encodeUser(message, scene)
    const said = encodeAssistant(message, scene)
    return isNothing(said, message) ? [] : [said]
  })
  if (!system.every(isPlain)) return [{ role: 'system', content: system }, ...messages]
  const text = system.map(wordsOf).join('\n\n')
  return text === '' ? messages : [{ role: 'system', content: text }, ...messages]
}
