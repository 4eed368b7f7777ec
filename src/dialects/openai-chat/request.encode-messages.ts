import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { Block, CanonicalRequest, MediaBlock, Message, NativeBlock, TextBlock, ToolCallBlock, ToolResultBlock } from '../canonical/request.ts'
import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { wireName } from '../canonical/wire-name.ts'
import { refuseField } from '../refuse-field.ts'
import { callIdFor } from './call-id.ts'
import { encodeReplay } from './request.encode-replay.ts'

const textPart = (text: string): JsonObject => ({ type: 'text', text })

const wordsOf = (part: JsonObject | undefined): string => (typeof part?.['text'] === 'string' ? part['text'] : '')

function drop({ path }: Block, reason: string, losses: LossList): undefined {
  losses.dropped(path, reason)
  return undefined
}

/** Kept where the provider passes it on to a model that knows it, named as lost anywhere else. */
function encodeCache({ cacheTtl, path }: TextBlock | MediaBlock, quirks: DialectQuirks, losses: LossList): JsonObject {
  if (cacheTtl === undefined) return {}
  if (quirks.takesCacheControl === true) return { cache_control: { type: 'ephemeral', ...(cacheTtl === '1h' ? { ttl: '1h' } : {}) } }
  losses.dropped(`${path}/cache_control`, 'the provider caches as it sees fit')
  return {}
}

function encodeMedia(block: MediaBlock, quirks: DialectQuirks, losses: LossList): JsonObject {
  const cache = encodeCache(block, quirks, losses)
  const { mediaType, source, name } = block
  const extras = losses.extras(block)
  if (source.kind === 'file') return refuseField(block.path, 'a file stored at another provider is not there')
  if (source.kind === 'text') return textPart(source.text)
  if (mediaType.startsWith('image/')) {
    const url = source.kind === 'url' ? source.url : `data:${mediaType};base64,${source.base64}`
    return { type: 'image_url', image_url: { url, ...extras }, ...cache }
  }
  if (source.kind === 'url') return refuseField(block.path, 'it takes documents only with their content')
  return { type: 'file', file: { filename: name ?? 'document.pdf', file_data: `data:${mediaType};base64,${source.base64}` }, ...cache }
}

function encodeNative(block: NativeBlock, losses: LossList, own: boolean): JsonObject | undefined {
  if (own) return block.value as JsonObject
  if (block.text === undefined || block.text === '') return drop(block, 'the provider’s dialect has no such block', losses)
  losses.approximated(block.path, 'said in plain text')
  return textPart(block.text)
}

/** Empty text is nothing, and a client's private line is for its own provider. */
function encodeText(block: TextBlock, quirks: DialectQuirks, losses: LossList): JsonObject | undefined {
  if (block.isPrivate === true) return drop(block, 'it is meant for its own provider', losses)
  losses.extras(block)
  if (block.text === '') return undefined
  return { ...textPart(block.text), ...encodeCache(block, quirks, losses) }
}

function joinParts(parts: readonly JsonObject[]): JsonValue {
  const [only] = parts
  return parts.length === 1 && only?.['type'] === 'text' && only['cache_control'] === undefined ? (only['text'] ?? '') : parts
}

interface Scene {
  readonly request: CanonicalRequest
  readonly context: RequestContext
  readonly losses: LossList
}

function encodePart(block: Block, { losses, request, context }: Scene): JsonObject | undefined {
  if (block.type === 'text') return encodeText(block, context.quirks, losses)
  if (block.type === 'media') return encodeMedia(block, context.quirks, losses)
  if (block.type === 'native') return encodeNative(block, losses, request.dialect === 'openai-chat')
  return drop(block, `a ${block.type} has no place in this message`, losses)
}

/** Tool messages hold text; a picture in a result follows in a message of its own. */
function encodeResult(block: ToolResultBlock, scene: Scene): { readonly message: JsonObject; readonly media: readonly JsonObject[] } {
  const { losses } = scene
  losses.extras(block)
  const callId = callIdFor(block.callId, scene.context.quirks)
  const parts = block.content.map((part) => encodePart(part, scene)).filter((part) => part !== undefined)
  const texts = parts.filter(({ type }) => type === 'text').map(wordsOf)
  const others = parts.filter(({ type }) => type !== 'text')
  losses.failedResult(block)
  const note = others.length > 0 ? textPart(`[tool result image for ${callId}]`) : undefined
  const body = `${block.isError ? 'Error: ' : ''}${texts.join('\n')}`
  return { message: { role: 'tool', tool_call_id: callId, content: body === '' && note ? wordsOf(note) : body }, media: note ? [note, ...others] : [] }
}

/** Results come first, next to their calls; what the user says besides comes after them. */
function encodeUser(message: Message, scene: Scene): readonly JsonObject[] {
  const results = message.blocks.filter((block) => block.type === 'tool-result').map((block) => encodeResult(block, scene))
  const said = message.blocks.filter((block) => block.type !== 'tool-result').map((block) => encodePart(block, scene)).filter((part) => part !== undefined)
  const parts = [...results.flatMap(({ media }) => media), ...said]
  return [...results.map((result) => result.message), ...(parts.length > 0 ? [{ role: 'user', content: joinParts(parts) }] : [])]
}

function encodeCall(block: ToolCallBlock, { losses, request, context }: Scene): JsonObject {
  losses.extras(block)
  const { argumentsText, isCustom } = block
  const id = callIdFor(block.callId, context.quirks)
  const name = wireName(block)
  if (isCustom && request.dialect === 'openai-chat') return { id, type: 'custom', custom: { name, input: argumentsText } }
  const said = isCustom ? JSON.stringify({ input: argumentsText }) : argumentsText
  return { id, type: 'function', function: { name, arguments: said.trim() === '' ? '{}' : said } }
}

function encodeAssistant(message: Message, scene: Scene): JsonObject {
  const { quirks } = scene.context
  const calls = message.blocks.filter((block) => block.type === 'tool-call').map((block) => encodeCall(block, scene))
  const rest = message.blocks.filter((block) => block.type !== 'tool-call' && block.type !== 'reasoning')
  const parts = rest.flatMap((block) => {
    const part = encodePart(block, scene)
    if (part && part['type'] !== 'text') scene.losses.dropped(block.path, 'an assistant says only text here')
    return part ? [part] : []
  })
  const { prefix, members } = encodeReplay(message, scene.context, scene.losses)
  const text = `${prefix}${parts.filter(({ type }) => type === 'text').map(wordsOf).join('')}`
  const content = text === '' && calls.length > 0 && quirks.takesOnlyText !== true ? null : text
  return { role: 'assistant', content, ...members, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
}

function encodeLateSystem(message: Message, scene: Scene): readonly JsonObject[] {
  const parts = message.blocks.map((block) => encodePart(block, scene)).filter((part) => part?.['type'] === 'text')
  const text = parts.map(wordsOf).join('\n\n')
  if (text === '') return []
  if (scene.context.quirks.takesLateSystem === true) return [{ role: 'system', content: text }]
  scene.losses.approximated(message.path, 'an instruction in the middle became a reminder of the user')
  return [{ role: 'user', content: `<system-reminder>\n${text}\n</system-reminder>` }]
}

export function encodeMessages(request: CanonicalRequest, context: RequestContext, losses: LossList): readonly JsonObject[] {
  const scene = { request, context, losses }
  const system = request.system.map((block) => encodeText(block, context.quirks, losses)).filter((part) => part !== undefined)
  const messages = request.messages.flatMap((message) => {
    losses.extras(message)
    if (message.role === 'system') return encodeLateSystem(message, scene)
    if (message.role === 'user') return encodeUser(message, scene)
    const said = encodeAssistant(message, scene)
    // Nothing is left of a turn whose blocks all have no place here.
    return said['content'] === '' && said['tool_calls'] === undefined && message.blocks.length > 0 && Object.keys(said).length === 2 ? [] : [said]
  })
  if (system.some((part) => part['cache_control'] !== undefined)) return [{ role: 'system', content: system }, ...messages]
  const text = system.map(wordsOf).join('\n\n')
  return text === '' ? messages : [{ role: 'system', content: text }, ...messages]
}
