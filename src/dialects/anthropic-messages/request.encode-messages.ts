import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { readArguments } from '../canonical/read-arguments.ts'
import type { Block, CacheMark, CanonicalRequest, MediaBlock, Message, NativeBlock, ReasoningBlock, TextBlock, ToolCallBlock } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { whyUnsent } from '../canonical/why-unsent.ts'
import { wireName } from '../canonical/wire-name.ts'
import { refuseField } from '../refuse-field.ts'

const MAX_CALL_ID = 64
const MAX_TOOL_NAME = 128

interface Scene {
  readonly request: CanonicalRequest
  readonly context: RequestContext
  readonly losses: LossList
}

const cacheOf = ({ cache }: { readonly cache?: CacheMark }): JsonObject => (cache ? { cache_control: { type: 'ephemeral', ...(cache.ttl === '1h' ? { ttl: '1h' } : {}) } } : {})

/** Empty text, and a cache mark on it, would make the provider refuse this and every later turn. */
export function encodeText(block: TextBlock, losses: LossList): JsonObject | undefined {
  const extras = losses.extras(block)
  return block.text === '' ? undefined : mergeMembers({ type: 'text', text: block.text, ...cacheOf(block) }, extras)
}

function encodeSource({ source, mediaType, path }: MediaBlock, isOwn: boolean): JsonObject {
  switch (source.kind) {
    case 'inline':
      return { type: 'base64', media_type: mediaType, data: source.base64 }
    case 'url':
      return { type: 'url', url: source.url }
    case 'text':
      return { type: 'text', media_type: mediaType, data: source.text }
    case 'file':
      return isOwn ? { type: 'file', file_id: source.fileId } : refuseField(path, 'a file stored at another provider is not there')
  }
}

function encodeMedia(block: MediaBlock, { losses, request }: Scene): JsonObject {
  const { mediaType, name } = block
  losses.unseen(block.detail)
  const isImage = mediaType.startsWith('image/')
  if (!isImage && !/^(application\/pdf|text\/)/.test(mediaType)) refuseField(block.path, `the model takes images, PDF and text, and no \`${mediaType}\``)
  const source = encodeSource(block, request.dialect === 'anthropic-messages')
  return mergeMembers({ type: isImage ? 'image' : 'document', source, ...(name === undefined || isImage ? {} : { title: name }), ...cacheOf(block) }, losses.extras(block))
}

function encodeNative(block: NativeBlock, { losses }: Scene): JsonObject | undefined {
  if (!losses.isForeign && isJsonObject(block.value)) return block.value
  const type = isJsonObject(block.value) ? block.value['type'] : undefined
  if (type === 'input_audio') return refuseField(block.path, 'the provider’s dialect takes no sound')
  if (block.text === undefined || block.text === '') {
    losses.dropped(block.path, 'the provider’s dialect has no such block, and it holds no words')
    return undefined
  }
  losses.approximated(block.path, 'said in plain text')
  return { type: 'text', text: block.text }
}

/** A thought without its own seal would be refused, and one that another model sealed as well. */
function encodeReasoning(block: ReasoningBlock, { context, losses, request }: Scene): JsonObject | undefined {
  const isOwn = request.dialect === 'anthropic-messages'
  const seal = block.seal === undefined || block.isGoogles === true ? undefined : isOwn ? block.seal : context.seals.open(block.seal, context.target)
  if (seal === undefined) {
    losses.dropped(block.path, whyUnsent(block))
    return undefined
  }
  const extras = losses.extras(block)
  return block.isRedacted === true ? { type: 'redacted_thinking', data: seal, ...extras } : { type: 'thinking', thinking: block.text, signature: seal, ...extras }
}

function encodeCall(block: ToolCallBlock, losses: LossList): JsonObject {
  return { type: 'tool_use', id: fitId(block.callId, MAX_CALL_ID), name: wireName(block, MAX_TOOL_NAME), input: readArguments(block, losses), ...losses.extras(block) }
}

function encodeBlock(block: Block, scene: Scene): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return encodeText(block, scene.losses)
    case 'media':
      return encodeMedia(block, scene)
    case 'reasoning':
      return encodeReasoning(block, scene)
    case 'tool-call':
      return encodeCall(block, scene.losses)
    case 'tool-result': {
      const content = block.content.map((part) => encodeBlock(part, scene)).filter((part) => part !== undefined)
      const said = content.length > 0 ? { content } : {}
      return { type: 'tool_result', tool_use_id: fitId(block.callId, MAX_CALL_ID), ...said, ...(block.isError ? { is_error: true } : {}), ...scene.losses.extras(block) }
    }
    default:
      return encodeNative(block, scene)
  }
}

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: JsonObject[]
  readonly extras: JsonObject
}

function encodeTurn(message: Message, scene: Scene): Turn {
  const { losses } = scene
  const extras = losses.extras(message)
  const content = message.blocks.map((block) => encodeBlock(block, scene)).filter((block) => block !== undefined)
  if (message.role !== 'system') return { role: message.role, content, extras }
  losses.approximated(message.path, 'an instruction in the middle became a reminder of the user')
  return { role: 'user', extras, content: content.map((block) => (typeof block['text'] === 'string' ? { ...block, text: `<system-reminder>\n${block['text']}\n</system-reminder>` } : block)) }
}

/** Turns alternate, empty ones vanish, and the results of a turn's calls lead the answer to it. */
export function encodeMessages(request: CanonicalRequest, context: RequestContext, losses: LossList): readonly JsonObject[] {
  const turns: Turn[] = []
  for (const message of request.messages) {
    const turn = encodeTurn(message, { request, context, losses })
    const last = turns.at(-1)
    if (turn.content.length === 0) continue
    if (last?.role === turn.role && Object.keys(turn.extras).length === 0) last.content.push(...turn.content)
    else turns.push(turn)
  }
  return turns.map(({ role, content, extras }) => {
    const isResult = (block: JsonObject): boolean => block['type'] === 'tool_result'
    return { role, content: role === 'user' ? [...content.filter(isResult), ...content.filter((block) => !isResult(block))] : content, ...extras }
  })
}
