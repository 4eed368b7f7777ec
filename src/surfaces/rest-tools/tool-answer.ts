import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { type JsonText, parseJsonText, readItems, readMember } from '../../lib/json-text.ts'

/** What an HTTP client gets for a tool's result. */
export interface ToolAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: string | Buffer
}

/** The whole `CallToolResult` as the server wrote it, for clients that ask for it by `Accept`. */
export const TOOL_RESULT_TYPE = 'application/vnd.mcp.tool-result+json'

const JSON_TYPE = 'application/json; charset=utf-8'
/** A media type goes into a header: anything that is not one becomes bytes. */
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w.-]+=(?:[\w.-]+|"[^"\r\n]*"))*$/

const mediaType = (value: JsonValue | undefined, otherwise: string): string =>
  typeof value === 'string' && MEDIA_TYPE.test(value) ? value : otherwise

/** One block that is a body by itself: text, an image, a sound, an embedded resource. */
function bodyOf(block: JsonObject): Omit<ToolAnswer, 'status'> | undefined {
  const { type, text, data, mimeType, resource } = block as { readonly [key: string]: JsonValue | undefined }
  if (type === 'text' && typeof text === 'string') return { contentType: 'text/plain; charset=utf-8', body: text }
  if ((type === 'image' || type === 'audio') && typeof data === 'string') {
    return { contentType: mediaType(mimeType, 'application/octet-stream'), body: Buffer.from(data, 'base64') }
  }
  if (type !== 'resource' || !isJsonObject(resource)) return undefined
  const { text: inner, blob, mimeType: innerType } = resource as { readonly [key: string]: JsonValue | undefined }
  if (typeof inner === 'string') return { contentType: mediaType(innerType, 'text/plain; charset=utf-8'), body: inner }
  if (typeof blob === 'string') return { contentType: mediaType(innerType, 'application/octet-stream'), body: Buffer.from(blob, 'base64') }
  return undefined
}

const textOf = (blocks: readonly JsonValue[]): string =>
  blocks.flatMap((block) => (isJsonObject(block) && typeof block['text'] === 'string' ? [block['text']] : [])).join('\n')

function problem(result: JsonText, content: readonly JsonValue[], requestId: string): ToolAnswer {
  const structured = readMember(result, 'structuredContent')
  const facts = JSON.stringify({ type: 'about:blank', title: 'tool_error', status: 422, detail: textOf(content) || 'The tool reported an error without a text.', requestId })
  const blocks = readMember(result, 'content') ?? '[]'
  const body = `${facts.slice(0, -1)},"content":${blocks}${structured === undefined ? '' : `,"structuredContent":${structured}`}}`
  return { status: 422, contentType: 'application/problem+json; charset=utf-8', body }
}

/** A modern server may answer with a question or a task; a plain HTTP request has no way to go on from there. */
function refuseUnfinished(result: JsonText): void {
  const kind = readMember(result, 'resultType')
  if (kind === undefined || kind === '"complete"') return
  throw new GatewayError('upstream_rejected', `The tool answered with ${kind}, which REST cannot continue. Call it through \`/mcp\`.`)
}

/**
 * A tool's result as an HTTP answer. `structuredContent` is the body where there is one, byte for byte; one text is
 * text, one medium is that medium; several blocks are `{"content": […]}` as the server wrote them; none is a 204.
 * A result with `isError` is a 422 problem: the call was understood, the tool could not do it.
 */
export function toolAnswer(result: JsonText, accept: string | undefined, requestId: string): ToolAnswer {
  const content = (readMember(result, 'content') ?? '[]') as JsonText
  const blocks = readItems(content).map((block) => parseJsonText(block))
  const failed = readMember(result, 'isError') === 'true'
  refuseUnfinished(result)
  if (accept?.includes(TOOL_RESULT_TYPE)) return { status: failed ? 422 : 200, contentType: TOOL_RESULT_TYPE, body: result }
  if (failed) return problem(result, blocks, requestId)
  const structured = readMember(result, 'structuredContent')
  if (structured !== undefined && structured !== 'null') return { status: 200, contentType: JSON_TYPE, body: structured }
  if (blocks.length === 0) return { status: 204, contentType: undefined, body: '' }
  const [only] = blocks
  const single = blocks.length === 1 && isJsonObject(only) ? bodyOf(only) : undefined
  if (single) return { status: 200, ...single }
  return { status: 200, contentType: JSON_TYPE, body: `{"content":${content}}` }
}
