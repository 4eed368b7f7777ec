import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { readArguments } from '../canonical/read-arguments.ts'
import type { Block, CanonicalRequest, MediaBlock, NativeBlock, TextBlock, ToolCallBlock } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { wireName } from '../canonical/wire-name.ts'
import { refuseField } from '../refuse-field.ts'
import { isMinted } from '../canonical/call-numbers.ts'

export interface Scene {
  readonly request: CanonicalRequest
  readonly context: RequestContext
  readonly losses: LossList
  /** The extras of a block go back only to where they came from. */
  readonly isOwn: boolean
}

/** Names begin with a letter or an underscore. @see https://ai.google.dev/api/caching#FunctionDeclaration */
export function functionName(tool: { readonly name: string; readonly namespace?: string }): string {
  const name = wireName(tool)
  return /^[A-Za-z_]/.test(name) ? name : wireName({ name: `_${name}` })
}

/** Empty text is nothing, and a client's private line is for its own provider. */
export function encodeText(block: TextBlock, losses: LossList): JsonObject | undefined {
  if (block.isPrivate === true) {
    losses.dropped(block.path, 'a line that only Anthropic reads, and that would spoil the cache of another provider')
    return undefined
  }
  const extras = losses.extras(block)
  if (block.text === '') return undefined
  losses.unmarked(block.cache)
  return mergeMembers({ text: block.text }, extras)
}

/** Addresses that Google itself opens. */
const OPENED = /^(?:gs:\/\/|https:\/\/(?:generativelanguage\.googleapis\.com|www\.youtube\.com|youtu\.be)\/)/

function encodeSource({ source, mediaType, path }: MediaBlock, named: JsonObject, isOwn: boolean): JsonObject {
  if (source.kind === 'text') return { text: source.text }
  if (source.kind === 'inline') return { inlineData: { mimeType: mediaType, data: source.base64, ...named } }
  if (source.kind === 'file' && !isOwn) return refuseField(path, 'a file stored at another provider is not there')
  const uri = source.kind === 'url' ? source.url : source.fileId
  if (!isOwn && !OPENED.test(uri)) return refuseField(path, 'the provider is not known to open this address; send the content itself')
  return { fileData: { fileUri: uri, ...(mediaType.includes('*') ? {} : { mimeType: mediaType }), ...named } }
}

/** Google takes a name only where its own clients wrote one. */
function encodeMedia(block: MediaBlock, { losses, isOwn }: Scene): JsonObject {
  const { name } = block
  losses.unseen(block.detail)
  losses.unmarked(block.cache)
  if (name !== undefined && !isOwn) losses.approximated(block.path, 'sent without its name')
  const extras = losses.extras(block)
  return mergeMembers(encodeSource(block, name !== undefined && isOwn ? { displayName: name } : {}, isOwn), extras)
}

/** `{"type":"input_audio","input_audio":{"data":"…","format":"wav"}}` of Chat Completions. */
function readAudio(value: JsonValue): JsonObject | undefined {
  const audio = isJsonObject(value) && value['type'] === 'input_audio' ? value['input_audio'] : undefined
  if (!isJsonObject(audio) || typeof audio['data'] !== 'string') return undefined
  return { inlineData: { mimeType: `audio/${typeof audio['format'] === 'string' ? audio['format'] : 'wav'}`, data: audio['data'] } }
}

function encodeNative(block: NativeBlock, { losses, isOwn }: Scene): JsonObject | undefined {
  if (isOwn && isJsonObject(block.value)) return block.value
  const audio = readAudio(block.value)
  if (audio) {
    losses.approximated(block.path, 'sent as a file of its kind')
    return audio
  }
  if (block.text === undefined || block.text === '') {
    losses.dropped(block.path, 'the provider’s dialect has no such block, and it holds no words')
    return undefined
  }
  losses.approximated(block.path, 'said in plain text')
  return { text: block.text }
}

/** What is said, by whomever: text, pictures and files, and what is known only by its words. */
export function encodePart(block: Block, scene: Scene): JsonObject | undefined {
  if (block.type === 'text') return encodeText(block, scene.losses)
  if (block.type === 'media') return encodeMedia(block, scene)
  if (block.type === 'native') return encodeNative(block, scene)
  scene.losses.dropped(block.path, `a ${block.type} has no place in this message`)
  return undefined
}

export function encodeCall(block: ToolCallBlock, signature: string | undefined, { losses, isOwn }: Scene): JsonObject {
  const id = isOwn && isMinted(block.callId) ? {} : { id: block.callId }
  const name = isOwn ? block.name : functionName(block)
  const call = { functionCall: { ...id, name, args: readArguments(block, losses) }, ...(signature === undefined ? {} : { thoughtSignature: signature }) }
  return mergeMembers(call, losses.extras(block))
}
