import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { isMinted } from '../canonical/call-numbers.ts'
import { joinSaid, type SaidPiece } from '../canonical/join-said.ts'
import { joinUsers } from '../canonical/join-users.ts'
import type { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { readArguments } from '../canonical/read-arguments.ts'
import type { Block, CanonicalRequest, MediaBlock, Message, TextBlock, ToolResultBlock } from '../canonical/request.ts'
import type { RequestContext } from '../canonical/translation.ts'
import { whyUnsent } from '../canonical/why-unsent.ts'
import { wireName } from '../canonical/wire-name.ts'
import { refuseField } from '../refuse-field.ts'

interface Scene {
  readonly context: RequestContext
  readonly losses: LossList
  readonly isOwn: boolean
  readonly names: ReadonlyMap<string, string>
  /** When each call was made: results have no ids to find it by, only their order. */
  readonly order: ReadonlyMap<string, number>
}

/** What a message says, and the pictures with it. */
interface Said {
  readonly texts: readonly SaidPiece[]
  readonly images: readonly string[]
}

const NOTHING: Said = { texts: [], images: [] }

/** The payload of the seal of a thought: the field that it came in. */
export const THINKING_FIELD = 'thinking'

function encodeMedia(block: MediaBlock, losses: LossList): Said {
  const { source, mediaType, path, name, cache, detail } = block
  losses.extras(block)
  losses.unmarked(cache)
  losses.unseen(detail)
  if (source.kind === 'text') return { texts: [{ text: source.text, isApart: true }], images: [] }
  if (source.kind === 'file') return refuseField(path, 'a file stored at another provider is not there')
  if (source.kind === 'url') return refuseField(path, 'the provider opens no addresses; send the content itself')
  if (!mediaType.startsWith('image/')) return refuseField(path, `the provider takes images, and no \`${mediaType}\``)
  if (name !== undefined) losses.approximated(path, 'sent without its name')
  return { texts: [], images: [source.base64] }
}

function encodeText(block: TextBlock, losses: LossList): Said {
  if (block.isPrivate === true) {
    losses.dropped(block.path, 'a line that only Anthropic reads, and that would spoil the cache of another provider')
    return NOTHING
  }
  losses.extras(block)
  if (block.text === '') return NOTHING
  losses.unmarked(block.cache)
  return { texts: [{ text: block.text }], images: [] }
}

function encodeBlock(block: Block, { losses }: Scene): Said {
  if (block.type === 'media') return encodeMedia(block, losses)
  if (block.type === 'text') return encodeText(block, losses)
  if (block.type === 'native' && isJsonObject(block.value) && block.value['type'] === 'input_audio') return refuseField(block.path, 'the provider’s dialect takes no sound')
  if (block.type !== 'native' || block.text === undefined || block.text === '') {
    losses.dropped(block.path, 'the provider’s dialect has no such block, and it holds no words')
    return NOTHING
  }
  losses.approximated(block.path, 'said in plain text')
  return { texts: [{ text: block.text, isApart: true }], images: [] }
}

function say(blocks: readonly Block[], scene: Scene): Said {
  const said = blocks.map((block) => encodeBlock(block, scene))
  return { texts: said.flatMap(({ texts }) => texts), images: said.flatMap(({ images }) => images) }
}

const paragraphs = ({ texts }: Said): string => texts.map(({ text }) => text).join('\n\n')

const withImages = (images: readonly string[]): JsonObject => (images.length > 0 ? { images } : {})

/** Results come first, one by one and in the order of their calls; the pictures of each follow in a message that says whose they are. */
function encodeUser(message: Message, scene: Scene): readonly JsonObject[] {
  const place = ({ callId }: ToolResultBlock): number => scene.order.get(callId) ?? Number.MAX_SAFE_INTEGER
  const results = message.blocks.filter((block) => block.type === 'tool-result').toSorted((a, b) => place(a) - place(b)).map((block) => encodeResult(block, scene))
  const said = say(message.blocks.filter((block) => block.type !== 'tool-result'), scene)
  const hasWords = said.texts.length > 0 || said.images.length > 0
  return [
    ...results.map((result) => result.message),
    ...results.flatMap(({ pictures }) => (pictures ? [pictures] : [])),
    ...(hasWords ? [{ role: 'user', content: paragraphs(said), ...withImages(said.images) }] : []),
  ]
}

/** A result names the tool, which only its call knows. */
function encodeResult(block: ToolResultBlock, scene: Scene): { readonly message: JsonObject; readonly pictures?: JsonObject } {
  const { losses, names, isOwn } = scene
  const extras = losses.extras(block)
  const { texts, images } = say(block.content, scene)
  losses.failedResult(block)
  const name = names.get(block.callId)
  const content = `${block.isError ? 'Error: ' : ''}${texts.map(({ text }) => text).join('\n')}`
  const id = isOwn && !isMinted(block.callId) ? { tool_call_id: block.callId } : {}
  return { message: mergeMembers({ role: 'tool', content, ...(name === undefined ? {} : { tool_name: name }), ...id }, extras), ...(images.length > 0 ? { pictures: { role: 'user', content: `[images of the result of ${name ?? 'the tool'}, call ${block.callId}]`, images } } : {}) }
}

/** What the model thought before goes back to it only. */
function encodeThinking(message: Message, { context, losses, isOwn }: Scene): JsonObject {
  const texts = message.blocks.flatMap((block) => {
    if (block.type !== 'reasoning') return []
    const isKnown = isOwn || (block.seal !== undefined && context.seals.open(block.seal, context.target) === THINKING_FIELD)
    if (!isKnown) losses.dropped(block.path, whyUnsent(block))
    else losses.extras(block)
    return isKnown ? [block.text] : []
  })
  return texts.length > 0 ? { thinking: texts.join('') } : {}
}

function encodeAssistant(message: Message, scene: Scene): readonly JsonObject[] {
  const calls = message.blocks.filter((block) => block.type === 'tool-call').map((block) => {
    const id = scene.isOwn && !isMinted(block.callId) ? { id: block.callId } : {}
    return mergeMembers({ ...id, function: { name: scene.isOwn ? block.name : wireName(block), arguments: readArguments(block, scene.losses) } }, scene.losses.extras(block))
  })
  const { texts, images } = say(message.blocks.filter((block) => block.type !== 'tool-call' && block.type !== 'reasoning'), scene)
  const thinking = encodeThinking(message, scene)
  if (texts.length === 0 && calls.length === 0 && images.length === 0 && thinking['thinking'] === undefined) return []
  return [{ role: 'assistant', content: joinSaid(texts), ...thinking, ...withImages(images), ...(calls.length > 0 ? { tool_calls: calls } : {}) }]
}

export function encodeMessages(request: CanonicalRequest, context: RequestContext, losses: LossList): readonly JsonObject[] {
  const calls = request.messages.flatMap(({ blocks }) => blocks).filter((block) => block.type === 'tool-call')
  const isOwn = request.dialect === 'ollama-chat'
  const names = new Map(calls.map((call) => [call.callId, isOwn ? call.name : wireName(call)]))
  const order = new Map(calls.map(({ callId }, index) => [callId, index]))
  const scene: Scene = { context, losses, isOwn, names, order }
  const system = say(request.system, scene)
  const kept = new Map(request.messages.map((message) => [message.path, losses.extras(message)]))
  const messages = (isOwn ? request.messages : joinUsers(request.messages)).flatMap((message): readonly JsonObject[] => {
    const extras = kept.get(message.path) ?? {}
    const [first, ...rest] = message.role === 'assistant' ? encodeAssistant(message, scene) : message.role === 'user' ? encodeUser(message, scene) : encodeSystem(message, scene)
    return first ? [mergeMembers(first, extras), ...rest] : []
  })
  return system.texts.length > 0 ? [{ role: 'system', content: paragraphs(system) }, ...messages] : messages
}

function encodeSystem(message: Message, scene: Scene): readonly JsonObject[] {
  const said = say(message.blocks, scene)
  return said.texts.length > 0 ? [{ role: 'system', content: paragraphs(said) }] : []
}
