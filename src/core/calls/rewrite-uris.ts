import { editMembers, parseJsonText, readItems, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { exposeUiResource } from '../catalog/index.ts'

type Expose = (uri: string) => string
type Edit = (text: JsonText) => JsonText

function editMember(object: JsonText, key: string, edit: Edit): JsonText {
  const value = readMember(object, key)
  if (value === undefined) return object
  const edited = edit(value)
  return edited === value ? object : editMembers(object, { [key]: edited })
}

function editItems(array: JsonText, edit: Edit): JsonText {
  const items = readItems(array)
  const edited = items.map(edit)
  return edited.every((item, index) => item === items[index]) ? array : (`[${edited.join(',')}]` as JsonText)
}

const editUri = (expose: Expose): Edit => (text) => {
  const uri = parseJsonText(text)
  if (typeof uri !== 'string') return text
  const exposed = expose(uri)
  return exposed === uri ? text : toJsonText(exposed)
}

/** A content block: `resource_link` has its URI itself, `resource` in the embedded resource. */
const editBlock = (expose: Expose): Edit => (block) => {
  const type = readMember(block, 'type')
  if (type === '"resource_link"') return editMember(block, 'uri', editUri(expose))
  if (type !== '"resource"') return block
  return editMember(block, 'resource', (resource) => editMember(resource, 'uri', editUri(expose)))
}

const editContent = (expose: Expose): Edit => (content) => (content.startsWith('[') ? editItems(content, editBlock(expose)) : editBlock(expose)(content))

/**
 * Puts the URIs that clients see in the place of a server's own, wherever a result of the method may carry one. The rest of
 * the text stays as it was; a result without such a URI is returned as it is.
 */
export function rewriteUris(result: JsonText, method: string, expose: Expose): JsonText {
  if (!result.includes('"uri"') && !result.includes('esourceUri"')) return result
  const edited = editMember(result, '_meta', (meta) => exposeUiResource(meta, expose))
  switch (method) {
    case 'tools/call':
      return editMember(edited, 'content', editContent(expose))
    case 'prompts/get':
      return editMember(edited, 'messages', (messages) => editItems(messages, (message) => editMember(message, 'content', editContent(expose))))
    case 'resources/read':
      return editMember(edited, 'contents', (contents) => editItems(contents, (item) => editMember(item, 'uri', editUri(expose))))
    default:
      return edited
  }
}
