import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Block, MediaBlock, Message, NativeBlock, ReasoningBlock, TextBlock, ToolResultBlock } from '../canonical/request.ts'
import { ProtoFields, type Repeated } from './proto-fields.ts'
import { createCallNumbers, type CallNumbers } from '../canonical/call-numbers.ts'
import { readPayload, readSignature, type SignedKind } from './signature.ts'

/** Files that Google keeps; nobody else can read them. */
const STORED = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|files\/)/

function decodeMedia(fields: ProtoFields): MediaBlock | undefined {
  const inline = fields.within('inlineData')
  const data = inline?.string('data')
  const file = fields.within('fileData')
  const uri = file?.string('fileUri')
  const place = data === undefined ? file : inline
  const name = place?.string('displayName')
  const mediaType = place?.string('mimeType') ?? (uri === undefined ? 'application/octet-stream' : '*/*')
  const named = { mediaType, ...(name === undefined ? {} : { name }) }
  if (data !== undefined) return { type: 'media', ...named, source: { kind: 'inline', base64: data }, ...fields.source }
  if (uri === undefined) return undefined
  return { type: 'media', ...named, source: STORED.test(uri) ? { kind: 'file', fileId: uri } : { kind: 'url', url: uri }, ...fields.source }
}

/** What can be said of a part that only this dialect has. */
function decodeNative(value: JsonValue, path: string): NativeBlock {
  const part = isJsonObject(value) ? value : {}
  const code = part['executableCode'] ?? part['executable_code']
  const result = part['codeExecutionResult'] ?? part['code_execution_result']
  const words = isJsonObject(code) ? code['code'] : isJsonObject(result) ? result['output'] : undefined
  return { type: 'native', value, path, ...(typeof words === 'string' && words !== '' ? { text: `\`\`\`\n${words}\n\`\`\`` } : {}) }
}

/**
 * `{"output":"…"}` and `{"error":"…"}` are the dialect's own way to say a text; any other object is said as JSON. The AI SDK writes
 * `{"name":"…","content":"…"}` and `{"name":"…","error":"…"}`, with the name of the tool once more.
 * @see https://github.com/vercel/ai/blob/main/packages/google/src/convert-to-google-generative-ai-messages.ts
 */
function readResponse(response: JsonObject, toolName: string): { readonly text: string; readonly isError: boolean } {
  const isNamed = response['name'] === toolName
  const [first, ...others] = Object.entries(response).filter(([key]) => !isNamed || key !== 'name')
  if (first !== undefined && others.length === 0 && typeof first[1] === 'string') {
    const [key, text] = first
    if (key === 'output' || key === 'error' || (isNamed && key === 'content')) return { text, isError: key === 'error' }
  }
  return { text: Object.keys(response).length === 0 ? '' : JSON.stringify(response), isError: false }
}

function decodeResult(fields: ProtoFields, inner: ProtoFields, numbers: CallNumbers): ToolResultBlock {
  const name = inner.string('name') ?? ''
  const callId = numbers.resolve(name, inner.string('id'))
  const { text, isError } = readResponse(inner.object('response') ?? {}, name)
  const failed = isError ? { errorPath: `${inner.at('response')}/error` } : {}
  const media = (inner.repeated('parts') ?? []).map(({ value, path }) => (isJsonObject(value) ? decodeMedia(new ProtoFields(value, path)) : undefined) ?? decodeNative(value, path))
  const content = [...(text === '' ? [] : [{ type: 'text' as const, text, path: inner.at('response') }]), ...media]
  return { type: 'tool-result', callId, isError, ...failed, content, ...fields.source }
}

/** The signature of a part that is no thought is a thought without words, just before it. */
function withSignature(fields: ProtoFields, kind: SignedKind, block: Block): readonly Block[] {
  const signature = fields.get('thoughtSignature')
  // Read just now, so that it is no extra of the block.
  const { extras: _extras, ...rest } = block
  const clean = { ...rest, ...fields.source } as Block
  if (typeof signature !== 'string' || signature === '') return [clean]
  const thought: ReasoningBlock = { type: 'reasoning', text: '', ...readSignature(signature, kind), path: fields.at('thoughtSignature') }
  const isNothing = clean.type === 'text' && clean.text === '' && !clean.extras
  return [thought, ...(isNothing ? [] : [clean])]
}

function decodeThought(fields: ProtoFields, text: string): ReasoningBlock {
  const signature = fields.string('thoughtSignature')
  return { type: 'reasoning', text, ...(signature === undefined || signature === '' ? {} : readSignature(signature, 'thought')), ...fields.source }
}

function decodeCall(fields: ProtoFields, inner: ProtoFields, numbers: CallNumbers): readonly Block[] | undefined {
  const name = inner.string('name')
  if (name === undefined) return undefined
  const callId = numbers.open(name, inner.string('id'))
  const argumentsText = JSON.stringify(inner.object('args') ?? {})
  return withSignature(fields, 'call', { type: 'tool-call', callId, name, argumentsText, path: fields.path })
}

function decodePart({ value, path }: Repeated, numbers: CallNumbers): readonly Block[] {
  if (!isJsonObject(value)) return [decodeNative(value, path)]
  const fields = new ProtoFields(value, path)
  const isThought = fields.boolean('thought') === true
  const text = fields.string('text')
  if (text !== undefined) return isThought ? [decodeThought(fields, text)] : withSignature(fields, 'text', { type: 'text', text, path })
  const call = fields.within('functionCall')
  const calls = call && decodeCall(fields, call, numbers)
  if (calls) return calls
  const result = fields.within('functionResponse')
  if (result) return [decodeResult(fields, result, numbers)]
  return [decodeMedia(fields) ?? decodeNative(value, path)]
}

const isThought = (block: Block | undefined): block is ReasoningBlock => block?.type === 'reasoning' && !/thought_?signature$/i.test(block.path)

/** Another model's seal sits behind its thought; one of Google's own belongs to the part that it is on. */
const isSealOfThought = (block: Block): block is ReasoningBlock => block.type === 'reasoning' && block.text === '' && block.isRedacted !== true && block.seal !== undefined && readPayload(block.seal) === undefined

/** The pieces of a thought that streamed, up to its seal: clients return them as they came. One with members of its own stays where it is. */
function joinThoughts(blocks: readonly Block[]): readonly Block[] {
  const joined: Block[] = []
  for (const block of blocks) {
    const last = joined.at(-1)
    const isNext = (isThought(block) || isSealOfThought(block)) && block.extras === undefined && block.inner === undefined
    if (!isNext || !isThought(last) || last.seal !== undefined) joined.push(block)
    else joined.splice(-1, 1, { ...last, ...block, text: `${last.text}${block.text}`, path: last.path })
  }
  return joined
}

function decodeContent({ value, path }: Repeated, numbers: CallNumbers): Message {
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', `Expected \`${path}\` to be a content.`)
  const fields = new ProtoFields(value, path)
  const role = fields.string('role') ?? 'user'
  if (role !== 'user' && role !== 'model' && role !== 'function') {
    throw new GatewayError('invalid_request', `Expected \`${path}/role\` to be user or model, got \`${role}\`.`)
  }
  const blocks = (fields.repeated('parts') ?? []).flatMap((part) => decodePart(part, numbers))
  return { role: role === 'model' ? 'assistant' : 'user', blocks, ...fields.source }
}

/** What the model said at once: clients keep every chunk of a stream as a content of its own. */
function joinTurns(messages: readonly Message[]): readonly Message[] {
  const joined: Message[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    const isNext = message.role === 'assistant' && last?.role === 'assistant' && message.extras === undefined && message.inner === undefined
    if (isNext) joined.splice(-1, 1, { ...last, blocks: [...last.blocks, ...message.blocks] })
    else joined.push(message)
  }
  return joined
}

export function decodeContents(contents: readonly Repeated[]): readonly Message[] {
  const numbers = createCallNumbers()
  return joinTurns(contents.map((content) => decodeContent(content, numbers))).map((message) => ({ ...message, blocks: joinThoughts(message.blocks) }))
}

/** Instructions as a content, and with some clients as a bare text. */
export function decodeInstruction(value: JsonValue | undefined, path: string): readonly TextBlock[] {
  if (typeof value === 'string') return [{ type: 'text', text: value, path }]
  if (!isJsonObject(value)) return []
  const fields = new ProtoFields(value, path)
  fields.get('role')
  const parts = fields.repeated('parts') ?? []
  const { extras, inner } = fields.source
  return parts.map(({ value: part, path: at }, index) => {
    const own = new ProtoFields(isJsonObject(part) ? part : {}, at)
    const text = own.string('text')
    if (text === undefined) throw new GatewayError('invalid_request', `Expected \`${at}\` to be text.`)
    // What the content had besides goes with its first text, so that it is not forgotten.
    return { type: 'text', text, ...own.source, ...(index === 0 && extras ? { extras: { ...own.source.extras, ...extras } } : {}), ...(inner ? { inner } : {}) }
  })
}
