import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { Block, CanonicalRequest, MediaBlock, Message, NativeBlock, TextBlock, ToolResultBlock } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { refuseField } from '../refuse-field.ts'
import { REASONING_FIELDS } from './reasoning.ts'

/** OpenAI's shortest limit on ids of calls, on any of its routes. */
const MAX_CALL_ID = 40

const textPart = (text: string): JsonObject => ({ type: 'text', text })

const wordsOf = (part: JsonObject | undefined): string => (typeof part?.['text'] === 'string' ? part['text'] : '')

function drop({ path }: Block, reason: string, losses: LossList): undefined {
  losses.dropped(path, reason)
  return undefined
}

function dropCache(block: TextBlock | MediaBlock, losses: LossList): void {
  if (block.cacheTtl !== undefined) losses.dropped(`${block.path}/cache_control`, 'the provider caches as it sees fit')
}

function encodeMedia(block: MediaBlock, losses: LossList): JsonObject {
  dropCache(block, losses)
  const { mediaType, source, name } = block
  const extras = losses.extras(block)
  if (source.kind === 'file') return refuseField(block.path, 'a file stored at another provider is not there')
  if (source.kind === 'text') return textPart(source.text)
  if (mediaType.startsWith('image/')) {
    const url = source.kind === 'url' ? source.url : `data:${mediaType};base64,${source.base64}`
    return { type: 'image_url', image_url: { url, ...extras } }
  }
  if (source.kind === 'url') return refuseField(block.path, 'it takes documents only with their content')
  return { type: 'file', file: { filename: name ?? 'document.pdf', file_data: `data:${mediaType};base64,${source.base64}` } }
}

function encodeNative(block: NativeBlock, losses: LossList, own: boolean): JsonObject | undefined {
  if (own) return block.value as JsonObject
  if (block.text === undefined || block.text === '') return drop(block, 'the provider’s dialect has no such block', losses)
  losses.approximated(block.path, 'said in plain text')
  return textPart(block.text)
}

/** Empty text is nothing, and a client's private line is for its own provider. */
function encodeText(block: TextBlock, losses: LossList): JsonObject | undefined {
  if (block.isPrivate === true) return drop(block, 'it is meant for its own provider', losses)
  losses.extras(block)
  if (block.text === '') return undefined
  dropCache(block, losses)
  return textPart(block.text)
}

function joinParts(parts: readonly JsonObject[]): JsonValue {
  const [only] = parts
  return parts.length === 1 && only?.['type'] === 'text' ? (only['text'] ?? '') : parts
}

interface Scene {
  readonly request: CanonicalRequest
  readonly context: RequestContext
  readonly losses: LossList
}

function encodePart(block: Block, { losses, request }: Scene): JsonObject | undefined {
  if (block.type === 'text') return encodeText(block, losses)
  if (block.type === 'media') return encodeMedia(block, losses)
  if (block.type === 'native') return encodeNative(block, losses, request.dialect === 'openai-chat')
  return drop(block, `a ${block.type} has no place in this message`, losses)
}

/** Tool messages hold text; a picture in a result follows in a message of its own. */
function encodeResult(block: ToolResultBlock, scene: Scene): { readonly message: JsonObject; readonly media: readonly JsonObject[] } {
  const { losses } = scene
  losses.extras(block)
  const callId = fitId(block.callId, MAX_CALL_ID)
  const parts = block.content.map((part) => encodePart(part, scene)).filter((part) => part !== undefined)
  const texts = parts.filter(({ type }) => type === 'text').map(wordsOf)
  const others = parts.filter(({ type }) => type !== 'text')
  if (block.isError) losses.approximated(`${block.path}/is_error`, 'said in the text of the result')
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

/** Reasoning goes back only to the model it came from, in the field it came in. */
function encodeReasoning(message: Message, { context, losses }: Scene): JsonObject {
  const texts: string[] = []
  let field: string | undefined
  for (const block of message.blocks) {
    if (block.type !== 'reasoning') continue
    const payload = block.seal === undefined ? undefined : context.seals.open(block.seal, context.target)
    if (payload === undefined || !REASONING_FIELDS.some((known) => known === payload)) {
      losses.dropped(block.path, 'this model did not think it')
      continue
    }
    field ??= payload
    losses.extras(block)
    texts.push(block.text)
  }
  return field === undefined ? {} : { [field]: texts.join('') }
}

function encodeAssistant(message: Message, scene: Scene): JsonObject {
  const calls = message.blocks.filter((block) => block.type === 'tool-call').map((block) => {
    scene.losses.extras(block)
    const { callId, name, argumentsText } = block
    return { id: fitId(callId, MAX_CALL_ID), type: 'function', function: { name: fitId(name, 64), arguments: argumentsText.trim() === '' ? '{}' : argumentsText } }
  })
  const rest = message.blocks.filter((block) => block.type !== 'tool-call' && block.type !== 'reasoning')
  const parts = rest.map((block) => encodePart(block, scene)).filter((part) => part !== undefined)
  for (const [index, part] of parts.entries()) if (part['type'] !== 'text') scene.losses.dropped(rest[index]?.path ?? message.path, 'an assistant says only text here')
  const text = parts.filter(({ type }) => type === 'text').map(wordsOf).join('')
  return { role: 'assistant', content: text === '' && calls.length > 0 ? null : text, ...encodeReasoning(message, scene), ...(calls.length > 0 ? { tool_calls: calls } : {}) }
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
  const system = request.system.map((block) => encodeText(block, losses)).filter((part) => part !== undefined)
  const messages = request.messages.flatMap((message) => {
    losses.extras(message)
    if (message.role === 'system') return encodeLateSystem(message, scene)
    return message.role === 'user' ? encodeUser(message, scene) : [encodeAssistant(message, scene)]
  })
  const text = system.map(wordsOf).join('\n\n')
  return text === '' ? messages : [{ role: 'system', content: text }, ...messages]
}
