import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { joinUsers } from '../canonical/join-users.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { CanonicalRequest, Message, TextBlock, ToolCallBlock, ToolResultBlock } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { refuseField } from '../refuse-field.ts'
import { generationOf } from './model-generation.ts'
import { isMinted } from '../canonical/call-numbers.ts'
import { encodeModelParts } from './request.encode-model.ts'
import { encodePart, encodeText, functionName, type Scene } from './request.encode-parts.ts'

/** Earlier models take no pictures in results. */
const WITH_PICTURES = 3

interface Turn {
  readonly role: 'user' | 'model'
  readonly parts: JsonObject[]
  readonly extras: JsonObject
}

interface Calls {
  readonly byId: ReadonlyMap<string, ToolCallBlock>
  readonly order: ReadonlyMap<string, number>
}

function readCalls({ messages }: CanonicalRequest): Calls {
  const calls = messages.flatMap(({ blocks }) => blocks).filter((block) => block.type === 'tool-call')
  return { byId: new Map(calls.map((call) => [call.callId, call])), order: new Map(calls.map(({ callId }, index) => [callId, index])) }
}

function readObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = parseExact(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What an object in the words of the client's own dialect was, or a text under the name that the dialect has for it. */
function writeResponse(texts: readonly TextBlock[], isError: boolean, isOwn: boolean): JsonObject {
  const text = texts.map((block) => block.text).join('\n')
  if (isError) return { error: text }
  return (isOwn ? readObject(text) : undefined) ?? (isOwn && texts.length === 0 ? {} : { output: text })
}

/** Pictures of a result go into it where the model takes them there, else they follow it. */
function encodeResult(block: ToolResultBlock, calls: Calls, scene: Scene): readonly JsonObject[] {
  const { isOwn, losses, context } = scene
  const extras = losses.extras(block)
  const call = calls.byId.get(block.callId)
  const texts = block.content.flatMap((part): readonly TextBlock[] => {
    if (part.type === 'text') losses.extras(part)
    if (part.type === 'text') return [part]
    if (part.type !== 'native' || isOwn) return []
    const said = encodePart(part, scene)
    return typeof said?.['text'] === 'string' ? [{ type: 'text', text: said['text'], path: part.path }] : []
  })
  const media = block.content.filter((part) => part.type === 'media' || (isOwn && part.type === 'native')).map((part) => encodePart(part, scene)).filter((part) => part !== undefined)
  if (!call && !isOwn) {
    losses.approximated(block.path, 'a result without its call is said in plain text')
    return [{ text: `[result of ${block.callId}]\n${texts.map(({ text }) => text).join('\n')}` }, ...media]
  }
  const isInside = media.length > 0 && (isOwn || generationOf(context.target.model) >= WITH_PICTURES)
  const name = call ? (isOwn ? call.name : functionName(call)) : block.callId
  const id = isOwn && isMinted(block.callId) ? {} : { id: block.callId }
  const response = writeResponse(texts, block.isError, isOwn)
  const result = mergeMembers({ functionResponse: { ...id, name, response, ...(isInside ? { parts: media } : {}) } }, extras)
  return isInside || media.length === 0 ? [result] : [result, { text: `[files of the result of ${name}]` }, ...media]
}

/** Results first and in the order of their calls, then what belongs to them, then what the user says besides. */
function encodeUserParts(message: Message, calls: Calls, scene: Scene): readonly JsonObject[] {
  if (scene.isOwn) return message.blocks.flatMap((block) => (block.type === 'tool-result' ? encodeResult(block, calls, scene) : [encodePart(block, scene)].filter((part) => part !== undefined)))
  const results = message.blocks.filter((block) => block.type === 'tool-result')
  const place = ({ callId }: ToolResultBlock): number => calls.order.get(callId) ?? Number.MAX_SAFE_INTEGER
  const encoded = results.toSorted((a, b) => place(a) - place(b)).flatMap((block) => encodeResult(block, calls, scene))
  const isResult = (part: JsonObject): boolean => part['functionResponse'] !== undefined
  const said = message.blocks.filter((block) => block.type !== 'tool-result').map((block) => encodePart(block, scene)).filter((part) => part !== undefined)
  return [...encoded.filter(isResult), ...encoded.filter((part) => !isResult(part)), ...said]
}

const wordsOf = (part: JsonObject): string => (typeof part['text'] === 'string' ? part['text'] : '')

function encodeReminder(message: Message, scene: Scene): readonly JsonObject[] {
  const text = message.blocks.map((block) => encodePart(block, scene)).filter((part) => part !== undefined).map(wordsOf).filter((words) => words !== '').join('\n\n')
  if (text === '') return []
  scene.losses.approximated(message.path, 'an instruction in the middle became a reminder of the user')
  return [{ text: `<system-reminder>\n${text}\n</system-reminder>` }]
}

/** Turns alternate, and none is empty. */
function joinTurns(turns: readonly Turn[]): readonly Turn[] {
  const joined: Turn[] = []
  for (const turn of turns) {
    const last = joined.at(-1)
    if (last?.role === turn.role) last.parts.push(...turn.parts)
    else joined.push(turn)
  }
  return joined
}

/** Where clients write what is said. */
function saidAt({ dialect }: CanonicalRequest): string {
  if (dialect === 'openai-responses') return '/input'
  return dialect === 'google-generate-content' ? '/contents' : '/messages'
}

export function encodeContents(request: CanonicalRequest, context: RequestContext, losses: LossList): readonly JsonObject[] {
  const isOwn = request.dialect === 'google-generate-content'
  const scene: Scene = { request, context, losses, isOwn }
  const calls = readCalls(request)
  const extras = request.messages.map((message) => losses.extras(message))
  const messages = isOwn ? request.messages : joinUsers(request.messages)
  const turns = messages.map((message, index): Turn => {
    const own = isOwn ? (extras[index] ?? {}) : {}
    if (message.role === 'assistant') return { role: 'model', parts: [...encodeModelParts(message, scene)], extras: own }
    const parts = message.role === 'system' ? encodeReminder(message, scene) : encodeUserParts(message, calls, scene)
    return { role: 'user', parts: [...parts], extras: own }
  })
  const said = turns.filter(({ parts }) => parts.length > 0)
  if (said.length === 0) return refuseField(saidAt(request), 'the model answers only to something that is said, and nothing is')
  return (isOwn ? said : joinTurns(said)).map(({ role, parts, extras: own }) => ({ role, parts, ...own }))
}

export function encodeInstruction(request: CanonicalRequest, losses: LossList, more: readonly string[]): JsonObject {
  const parts = request.system.map((block) => encodeText(block, losses)).filter((part) => part !== undefined)
  const all = [...parts, ...more.map((text) => ({ text }))]
  return all.length > 0 ? { systemInstruction: { parts: all } } : {}
}
