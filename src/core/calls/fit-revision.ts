import { isJsonObject } from '../../lib/json.ts'
import { editMembers, parseJsonText, readItems, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'

/** The revision that brought `resource_link` blocks and `structuredContent`. @see https://modelcontextprotocol.io/specification/2025-06-18/changelog */
const LINKS_SINCE = '2025-06-18'
/** The revision that brought `audio` blocks. @see https://modelcontextprotocol.io/specification/2025-03-26/changelog */
const AUDIO_SINCE = '2025-03-26'

type Fit = (block: JsonText) => JsonText

const textBlock = (text: string, annotations: JsonText | undefined): JsonText =>
  `{"type":"text","text":${toJsonText(text)}${annotations === undefined ? '' : `,"annotations":${annotations}`}}` as JsonText

/** `Resource: Report (report.pdf)`, and a line for everything else that the link says. */
function nameLink(link: JsonText): JsonText {
  const value = parseJsonText(link)
  if (!isJsonObject(value)) return link
  const say = (key: string): string | undefined => {
    const said = value[key]
    return typeof said === 'string' && said !== '' ? said : typeof said === 'number' ? String(said) : undefined
  }
  const [name, title] = [say('name'), say('title')]
  const lines = [
    ['Resource', title === undefined || title === name ? (name ?? title) : name === undefined ? title : `${title} (${name})`],
    ['URI', say('uri')],
    ['Description', say('description')],
    ['MIME type', say('mimeType')],
    ['Bytes', say('size')],
  ]
  return textBlock(lines.flatMap(([label, said]) => (said === undefined ? [] : [`${label}: ${said}`])).join('\n'), readMember(link, 'annotations'))
}

/** An embedded resource carries the same bytes, and every revision has it. */
function embedAudio(audio: JsonText): JsonText {
  const [data, mimeType, annotations] = ['data', 'mimeType', 'annotations'].map((key) => readMember(audio, key))
  if (data === undefined) return audio
  const members = [`"uri":"trunkline://content/audio"`, ...(mimeType === undefined ? [] : [`"mimeType":${mimeType}`]), `"blob":${data}`]
  return `{"type":"resource","resource":{${members.join(',')}}${annotations === undefined ? '' : `,"annotations":${annotations}`}}` as JsonText
}

const fitBlock = (revision: string): Fit => (block) => {
  const type = readMember(block, 'type')
  if (type === '"resource_link"') return nameLink(block)
  return type === '"audio"' && revision < AUDIO_SINCE ? embedAudio(block) : block
}

function fitItems(array: JsonText, fit: Fit): JsonText {
  const items = readItems(array)
  const fitted = items.map(fit)
  return fitted.every((item, index) => item === items[index]) ? array : (`[${fitted.join(',')}]` as JsonText)
}

/** A client that ignores `structuredContent` reads it as text, unless the server wrote a text beside it. */
function fitToolResult(result: JsonText, fit: Fit): JsonText {
  const content = readMember(result, 'content')
  const fitted = fitItems(content?.startsWith('[') === true ? content : ('[]' as JsonText), fit)
  const structured = readMember(result, 'structuredContent')
  const items = readItems(fitted)
  const isSilent = structured !== undefined && !items.some((item) => readMember(item, 'type') === '"text"')
  const whole = isSilent ? (`[${[...items, textBlock(structured, undefined)].join(',')}]` as JsonText) : fitted
  return whole === content ? result : editMembers(result, { content: whole })
}

function fitPrompt(result: JsonText, fit: Fit): JsonText {
  const messages = readMember(result, 'messages')
  if (messages === undefined) return result
  const fitted = fitItems(messages, (message) => {
    const content = readMember(message, 'content')
    const fittedContent = content && fit(content)
    return fittedContent === content ? message : editMembers(message, { content: fittedContent })
  })
  return fitted === messages ? result : editMembers(result, { messages: fitted })
}

/**
 * A result in the words of an older revision: what came later is said by what the client knows. The newest revisions get the text as
 * it is. URIs are those that the client sees already.
 */
export function fitRevision(result: JsonText, method: string, revision: string | undefined): JsonText {
  if (revision === undefined || revision >= LINKS_SINCE) return result
  if (method === 'tools/call') return fitToolResult(result, fitBlock(revision))
  return method === 'prompts/get' ? fitPrompt(result, fitBlock(revision)) : result
}
