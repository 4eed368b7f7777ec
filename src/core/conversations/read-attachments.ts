import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { AttachmentNote } from './conversation.ts'

/** What a user sends along: a file as a data URL, or a resource of an MCP server by its address. */
export type Attachment = { readonly kind: 'file'; readonly name: string; readonly url: string } | { readonly kind: 'resource'; readonly uri: string }

/** What a message says beside its text, as parts of Chat Completions. */
export interface AttachedPart {
  readonly note: AttachmentNote
  readonly part: JsonObject
}

/** `data:text/plain;charset=utf-8;base64,aGk=` */
const DATA_URL = /^data:(?<type>[\w.+-]+\/[\w.+-]+)(?<parameters>(?:;[\w.+-]+=[^;,]*)*)(?<base64>;base64)?,(?<data>[\s\S]*)$/

const TEXT = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|javascript|toml)$|[\w.+-]+\/[\w.+-]+\+(?:json|xml)$)/

export const textPart = (text: string): JsonObject => ({ type: 'text', text })

/** A named text, so that the model can tell it from what the user says. */
export const namedText = (name: string, text: string): JsonObject => textPart(`<attachment name=${JSON.stringify(name)}>\n${text}\n</attachment>`)

/** A file for a model that cannot open addresses: inline, in the part that its kind has. Undefined for kinds that there is no part for. */
export function filePart(name: string, mediaType: string, base64: string): JsonObject | undefined {
  const url = `data:${mediaType};base64,${base64}`
  if (mediaType.startsWith('image/')) return { type: 'image_url', image_url: { url } }
  if (mediaType === 'application/pdf') return { type: 'file', file: { filename: name, file_data: url } }
  if (mediaType === 'audio/wav' || mediaType === 'audio/x-wav') return { type: 'input_audio', input_audio: { data: base64, format: 'wav' } }
  if (mediaType === 'audio/mpeg' || mediaType === 'audio/mp3') return { type: 'input_audio', input_audio: { data: base64, format: 'mp3' } }
  if (TEXT.test(mediaType)) return namedText(name, Buffer.from(base64, 'base64').toString('utf8'))
  return undefined
}

/** Throws `invalid_request` for what is no data URL, or of a kind that no model takes. */
export function readFile({ name, url }: Attachment & { readonly kind: 'file' }): AttachedPart {
  const groups = DATA_URL.exec(url)?.groups
  const mediaType = groups?.['type']?.toLowerCase()
  if (groups === undefined || mediaType === undefined) throw new GatewayError('invalid_request', `Expected the attachment \`${name}\` to be a data URL such as \`data:image/png;base64,…\`.`)
  const bytes = groups['base64'] === undefined ? Buffer.from(decode(groups['data'] ?? '', name)) : Buffer.from(groups['data'] ?? '', 'base64')
  const part = filePart(name, mediaType, bytes.toString('base64'))
  if (!part) throw new GatewayError('invalid_request', `Attachments of type \`${mediaType}\` are not taken: expected an image, a PDF, a sound or a text.`)
  return { note: { name, mediaType, bytes: bytes.length }, part }
}

function decode(text: string, name: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', `The data URL of the attachment \`${name}\` is not encoded as one.`, { cause })
  }
}
