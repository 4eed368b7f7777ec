import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { isOpenai } from '../canonical/openai-members.ts'
import type { Block, CacheMark, MediaBlock, NativeBlock, TextBlock } from '../canonical/request.ts'
import { refuseField } from '../refuse-field.ts'
import { writeMark } from './request.cache-marks.ts'
import type { Scene } from './request.scene.ts'

/** A part of a message. `isApart` for what is said in plain text in place of another block. */
export interface EncodedPart {
  readonly part: JsonObject
  readonly isApart: boolean
}

const textPart = (text: string): JsonObject => ({ type: 'text', text })

export const wordsOf = (part: JsonObject | undefined): string => (typeof part?.['text'] === 'string' ? part['text'] : '')

function drop({ path }: Block, reason: string, losses: LossList): undefined {
  losses.dropped(path, reason)
  return undefined
}

/** Kept where the provider passes it on to a model that knows it, and where client and provider have OpenAI's own mark. */
function encodeCache(cache: CacheMark | undefined, { request, context, losses }: Scene): JsonObject {
  if (!cache) return {}
  const { takesCacheControl, refusesUnknownMembers }: DialectQuirks = context.quirks
  if (takesCacheControl === true) return writeMark(cache)
  if (isOpenai(request) && refusesUnknownMembers !== true) return { prompt_cache_breakpoint: { mode: 'explicit', ...(cache.ttl === '1h' ? { ttl: '30m' } : {}) } }
  losses.unmarked(cache)
  return {}
}

function encodeImage(block: MediaBlock, url: string, { request, losses }: Scene): JsonObject {
  const { detail } = block
  const isSaid = detail !== undefined && isOpenai(request)
  if (!isSaid) losses.unseen(detail)
  return mergeMembers({ type: 'image_url', image_url: { url, ...(isSaid ? { detail: detail.text } : {}) } }, losses.extras(block))
}

function encodeMedia(block: MediaBlock, scene: Scene): JsonObject {
  const { mediaType, source, name, path } = block
  const { losses } = scene
  const cache = encodeCache(block.cache, scene)
  if (source.kind === 'text') {
    losses.extras(block)
    return { ...textPart(source.text), ...cache }
  }
  if (source.kind === 'file') return losses.isForeign ? refuseField(path, 'a file stored at another provider is not there') : mergeMembers({ type: 'file', file: { file_id: source.fileId, ...(name === undefined ? {} : { filename: name }) }, ...cache }, losses.extras(block))
  const url = source.kind === 'url' ? source.url : `data:${mediaType};base64,${source.base64}`
  if (mediaType.startsWith('image/')) return { ...encodeImage(block, url, scene), ...cache }
  if (source.kind === 'url') return refuseField(path, 'the provider’s dialect takes documents only with their content')
  losses.unseen(block.detail)
  return mergeMembers({ type: 'file', file: { filename: name ?? 'document.pdf', file_data: url }, ...cache }, losses.extras(block))
}

function encodeNative(block: NativeBlock, losses: LossList): JsonObject | undefined {
  if (!losses.isForeign) return block.value as JsonObject
  if (block.text === undefined || block.text === '') return drop(block, 'the provider’s dialect has no such block, and it holds no words', losses)
  losses.approximated(block.path, 'said in plain text')
  return textPart(block.text)
}

/** Empty text is nothing, and a client's private line is for its own provider. */
export function encodeText(block: TextBlock, scene: Scene): JsonObject | undefined {
  const { losses } = scene
  if (block.isPrivate === true) return drop(block, 'a line that only Anthropic reads, and that would spoil the cache of another provider', losses)
  const extras = losses.extras(block)
  if (block.text === '') return undefined
  return mergeMembers({ ...textPart(block.text), ...encodeCache(block.cache, scene) }, extras)
}

export function encodePart(block: Block, scene: Scene): JsonObject | undefined {
  if (block.type === 'text') return encodeText(block, scene)
  if (block.type === 'media') return encodeMedia(block, scene)
  if (block.type === 'native') return encodeNative(block, scene.losses)
  return drop(block, `a ${block.type} has no place in this message`, scene.losses)
}

export function encodeParts(blocks: readonly Block[], scene: Scene): readonly EncodedPart[] {
  return blocks.flatMap((block): readonly EncodedPart[] => {
    const part = encodePart(block, scene)
    return part ? [{ part, isApart: block.type !== 'text' }] : []
  })
}
