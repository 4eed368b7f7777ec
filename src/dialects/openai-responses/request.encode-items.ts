import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { isOpenai } from '../canonical/openai-members.ts'
import type { Block, CacheMark, CanonicalRequest, MediaBlock, Message, NativeBlock, ReasoningBlock, TextBlock, ToolCallBlock, ToolResultBlock } from '../canonical/request.ts'
import { ENVELOPE_PREFIX, type RequestContext } from '../canonical/translation.ts'
import { whyUnsent } from '../canonical/why-unsent.ts'
import { wireName } from '../canonical/wire-name.ts'
import { withoutMark } from '../canonical/without-mark.ts'
import { refuseField } from '../refuse-field.ts'
import { PLAIN_REASONING, writeReasoningInput } from './reasoning.ts'

const MAX_CALL_ID = 64

interface Scene {
  readonly request: CanonicalRequest
  readonly context: RequestContext
  readonly losses: LossList
  /** Calls of custom tools, whose results have a type of their own. */
  readonly customCalls: Set<string>
}

function drop({ path }: Block, reason: string, losses: LossList): undefined {
  losses.dropped(path, reason)
  return undefined
}

/** Both dialects of OpenAI have the same mark. */
function encodeCache(cache: CacheMark | undefined, { request, losses }: Scene): JsonObject {
  if (cache && isOpenai(request)) return { prompt_cache_breakpoint: { mode: 'explicit', ...(cache.ttl === '1h' ? { ttl: '30m' } : {}) } }
  losses.unmarked(cache)
  return {}
}

/** Empty text is nothing, and a client's private line is for its own provider. */
function encodeText(block: TextBlock, type: 'input_text' | 'output_text', scene: Scene): JsonObject | undefined {
  if (block.isPrivate === true) return drop(block, 'a line that only Anthropic reads, and that would spoil the cache of another provider', scene.losses)
  const extras = scene.losses.extras(block)
  if (block.text === '') return undefined
  return mergeMembers({ type, text: block.text, ...encodeCache(block.cache, scene) }, extras)
}

const wordsOf = ({ text }: JsonObject): string => (typeof text === 'string' ? text : '')

const STORED_ELSEWHERE = 'a file stored at another provider is not there'

/** Both dialects of OpenAI know how closely an image shall be looked at. */
function encodeImage(block: MediaBlock, scene: Scene): JsonObject {
  const { mediaType, source, detail: wanted } = block
  const { losses, request } = scene
  const detail = wanted !== undefined && isOpenai(request) ? wanted.text : 'auto'
  if (!isOpenai(request)) losses.unseen(wanted)
  const extras = losses.extras(block)
  if (source.kind === 'text') return refuseField(block.path, 'a text is no image')
  if (source.kind === 'file') return losses.isForeign ? refuseField(block.path, STORED_ELSEWHERE) : { type: 'input_image', file_id: source.fileId, detail, ...extras }
  return { type: 'input_image', image_url: source.kind === 'url' ? source.url : `data:${mediaType};base64,${source.base64}`, detail, ...extras }
}

function encodeFile({ mediaType, source, name, path }: MediaBlock, { losses }: Scene): JsonObject {
  switch (source.kind) {
    case 'text':
      return { type: 'input_text', text: source.text }
    case 'url':
      return { type: 'input_file', file_url: source.url }
    case 'file':
      return losses.isForeign ? refuseField(path, STORED_ELSEWHERE) : { type: 'input_file', file_id: source.fileId }
    case 'inline':
      return { type: 'input_file', filename: name ?? 'document.pdf', file_data: `data:${mediaType};base64,${source.base64}` }
  }
}

function encodeMedia(block: MediaBlock, scene: Scene): JsonObject {
  const { mediaType, path, detail, cache } = block
  const mark = encodeCache(cache, scene)
  if (mediaType.startsWith('image/')) return { ...encodeImage(block, scene), ...mark }
  if (mediaType.startsWith('audio/') || mediaType.startsWith('video/')) return refuseField(path, `the model takes images and files, and no \`${mediaType}\``)
  const file = encodeFile(block, scene)
  const isSaid = detail !== undefined && !scene.losses.isForeign
  if (!isSaid) scene.losses.unseen(detail)
  return mergeMembers({ ...file, ...(isSaid ? { detail: detail.text } : {}), ...mark }, scene.losses.extras(block))
}

function encodeNative(block: NativeBlock, { losses, request }: Scene, type: 'input_text' | 'output_text'): JsonObject | undefined {
  if (request.dialect === 'openai-responses' && isJsonObject(block.value)) return block.value
  const kind = isJsonObject(block.value) ? block.value['type'] : undefined
  if (kind === 'input_audio') return refuseField(block.path, 'the provider’s dialect takes no sound')
  if (block.text === undefined || block.text === '') return drop(block, 'the provider’s dialect has no such block, and it holds no words', losses)
  losses.approximated(block.path, 'said in plain text')
  return { type, text: block.text }
}

function encodePart(block: Block, type: 'input_text' | 'output_text', scene: Scene): JsonObject | undefined {
  if (block.type === 'text') return encodeText(block, type, scene)
  if (block.type === 'media') return encodeMedia(block, scene)
  if (block.type === 'native') return encodeNative(block, scene, type)
  return drop(block, `a ${block.type} has no place in this message`, scene.losses)
}

/** Results are texts; with a picture or a file in them they are lists. */
function encodeResult(block: ToolResultBlock, scene: Scene): JsonObject {
  const { losses } = scene
  const extras = losses.extras(block)
  const isJoined = block.content.every(({ type }) => type !== 'media')
  const parts = block.content.map((part) => encodePart(isJoined ? withoutMark(part, losses) : part, 'input_text', scene)).filter((part) => part !== undefined)
  losses.failedResult(block)
  const isText = parts.every(({ type }) => type === 'input_text')
  const note = block.isError ? 'Error: ' : ''
  const output = isText ? `${note}${parts.map((part) => wordsOf(part)).join('\n')}` : [...(block.isError ? [{ type: 'input_text', text: note.trim() }] : []), ...parts]
  const type = scene.customCalls.has(block.callId) ? 'custom_tool_call_output' : 'function_call_output'
  return { type, call_id: fitId(block.callId, MAX_CALL_ID), output, ...extras }
}

function encodeCall(block: ToolCallBlock, scene: Scene): JsonObject {
  const extras = scene.losses.extras(block)
  const common = { call_id: fitId(block.callId, MAX_CALL_ID), name: wireName(block) }
  if (block.isCustom === true) {
    scene.customCalls.add(block.callId)
    return { type: 'custom_tool_call', ...common, input: block.argumentsText, ...extras }
  }
  return { type: 'function_call', ...common, arguments: block.argumentsText.trim() === '' ? '{}' : block.argumentsText, ...extras }
}

/** Thoughts go back only to the model they came from, and only before what it said next: alone they would be refused. */
function encodeReasoning(block: ReasoningBlock, isFollowed: boolean, { context, losses, request }: Scene): JsonObject | undefined {
  const isOwn = request.dialect === 'openai-responses'
  const native = isOwn && block.seal?.startsWith(ENVELOPE_PREFIX) !== true ? block.seal : undefined
  const seal = native ?? (block.seal === undefined || block.isGoogles === true ? undefined : context.seals.open(block.seal, context.target))
  if (seal === undefined) return drop(block, whyUnsent(block), losses)
  if (!isFollowed) return drop(block, 'a thought that nothing follows is refused by the provider', losses)
  if (seal === PLAIN_REASONING && block.text === '') return drop(block, 'it has neither words nor a seal', losses)
  const item = writeReasoningInput(block.text, seal)
  return item ? { ...item, ...losses.extras(block) } : drop(block, 'its seal is of another dialect of the provider', losses)
}

const writeMessage = (role: string, content: readonly JsonObject[]): JsonObject => ({ type: 'message', role, content })

/** What is said goes into messages; calls and thoughts stand between them, in their order. */
function encodeAssistant({ blocks }: Message, scene: Scene): readonly JsonObject[] {
  const items: JsonObject[] = []
  let said: JsonObject[] = []
  const flush = (): void => {
    if (said.length > 0) items.push(writeMessage('assistant', said))
    said = []
  }
  const lastSaid = blocks.findLastIndex((block) => block.type === 'tool-call' || (block.type === 'text' && block.text !== ''))
  for (const [index, block] of blocks.entries()) {
    if (block.type === 'tool-call' || block.type === 'reasoning') {
      const item = block.type === 'tool-call' ? encodeCall(block, scene) : encodeReasoning(block, index < lastSaid, scene)
      if (item) {
        flush()
        items.push(item)
      }
      continue
    }
    const part = encodePart(block, 'output_text', scene)
    if (part?.['type'] === 'output_text') said.push(part)
    else if (part && block.type === 'native') items.push(part)
    else if (part) drop(block, 'an assistant says only text in this dialect', scene.losses)
  }
  flush()
  return items
}

/** Results come first, next to their calls; what the user says besides comes after them. */
function encodeUser({ blocks }: Message, scene: Scene): readonly JsonObject[] {
  const results = blocks.filter((block) => block.type === 'tool-result').map((block) => encodeResult(block, scene))
  const said = blocks.filter((block) => block.type !== 'tool-result').map((block) => encodePart(block, 'input_text', scene)).filter((part) => part !== undefined)
  return [...results, ...(said.length > 0 ? [writeMessage('user', said)] : [])]
}

function encodeSystem({ blocks }: Message, scene: Scene): readonly JsonObject[] {
  const said = blocks.map((block) => encodePart(block, 'input_text', scene)).filter((part) => part !== undefined)
  return said.length > 0 ? [writeMessage('developer', said)] : []
}

export interface EncodedInput {
  readonly instructions: string | undefined
  readonly input: readonly JsonObject[]
}

export function encodeInput(request: CanonicalRequest, context: RequestContext, losses: LossList): EncodedInput {
  const scene: Scene = { request, context, losses, customCalls: new Set() }
  const texts = request.system.map((block) => encodeText(withoutMark(block, losses), 'input_text', scene)).filter((part) => part !== undefined)
  const input = request.messages.flatMap((message) => {
    const extras = losses.extras(message)
    const encode = message.role === 'system' ? encodeSystem : message.role === 'user' ? encodeUser : encodeAssistant
    const items = encode(message, scene)
    return items.map((item) => (request.dialect === 'openai-responses' && item['type'] === 'message' ? { ...item, ...extras } : item))
  })
  return { instructions: texts.length > 0 ? texts.map((part) => wordsOf(part)).join('\n\n') : undefined, input }
}
