import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readItems } from '../../lib/json-text.ts'
import type { DialectTurns } from '../turns.ts'
import { createContentFold } from './stream.fold.ts'

const listOf = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry: JsonValue) => isJsonObject(entry)) : [])

const callOf = (part: JsonObject): JsonObject | undefined => {
  const call = part['functionCall'] ?? part['function_call']
  return isJsonObject(call) ? call : undefined
}

export const contentTurns: DialectTurns = {
  conversation: 'contents',
  grouped: 'parts',
  readConversation: (text) => (text === undefined ? [] : text.startsWith('[') ? readItems(text) : [text]),
  createFold: createContentFold,
  replay({ candidates }) {
    const [first] = listOf(candidates)
    const content = first?.['content']
    return isJsonObject(content) ? [{ ...content, role: 'model' }] : []
  },
  isModels: (element) => isJsonObject(element) && element['role'] === 'model',
  callIdsOf: (element) =>
    isJsonObject(element)
      ? listOf(element['parts']).flatMap((part) => {
          const id = callOf(part)?.['id']
          return typeof id === 'string' && id !== '' ? [id] : []
        })
      : [],
  tellsCalls: false,
  forbidCalls: { toolConfig: { functionCallingConfig: { mode: 'NONE' } } },
}
