import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { Fields } from '../canonical/fields.ts'
import type { ReasoningBlock } from '../canonical/request.ts'
import { findReasoning, REASONING_FIELDS } from './reasoning.ts'

const DETAIL = ['type', 'text', 'summary', 'signature', 'data', 'format', 'index', 'id']

function decodeDetail(value: JsonValue, path: string): ReasoningBlock | undefined {
  if (!isJsonObject(value)) return undefined
  const detail = new Fields(value, path)
  const [, text, summary, signature, data] = DETAIL.map((key) => detail.get(key))
  const said = [text, summary].find((words) => typeof words === 'string') ?? ''
  const { source } = detail
  if (typeof data === 'string') return { type: 'reasoning', text: '', seal: data, isRedacted: true, ...source }
  if (typeof signature === 'string') return { type: 'reasoning', text: said, seal: signature, ...source }
  return said === '' ? undefined : { type: 'reasoning', text: said, ...source }
}

/**
 * What was sealed by `writeDetail`, or else what a server's own field said. A text that stands in both is one thought; one that does
 * not is a thought of its own, without a seal.
 */
export function decodeThoughts(fields: Fields): readonly ReasoningBlock[] {
  const message = Object.fromEntries([...REASONING_FIELDS, 'reasoning_details'].map((key) => [key, fields.get(key)])) as JsonObject
  const { reasoning_details: details, ...plain } = message
  const path = `${fields.path}/reasoning_details`
  const detailed = (Array.isArray(details) ? details : []).flatMap((value: JsonValue, index) => decodeDetail(value, `${path}/${index}`) ?? [])
  const isSealed = detailed.some(({ seal }) => seal !== undefined)
  const found = findReasoning(isSealed ? plain : message)
  if (!found || found.text === '') return isSealed ? detailed : []
  const field: ReasoningBlock = { type: 'reasoning', text: found.text, path: `${fields.path}/${found.field}` }
  if (!isSealed) return [field]
  const said = detailed.map(({ text }) => text).join('')
  return said === '' || said.includes(found.text) || found.text.includes(said) ? detailed : [...detailed, field]
}
