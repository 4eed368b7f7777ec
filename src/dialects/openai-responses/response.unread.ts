import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { readAnnotation, readSearch } from './response.search.ts'

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '))
const asObjects = (value: JsonValue | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter((entry) => isJsonObject(entry)) : [])

const KNOWN_EVENT = words(
  'type sequence_number output_index content_index summary_index item_id item part response delta text refusal arguments input obfuscation ' +
    'annotation annotation_index name code partial_image_b64 partial_image_index error code message param',
)
/** Members that are read, or that say only what the request or the gateway says already. */
const KNOWN_RESPONSE = words(
  'id object created_at completed_at status error incomplete_details model output output_text usage background conversation instructions max_output_tokens ' +
    'max_tool_calls metadata parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning ' +
    'safety_identifier service_tier store temperature text tool_choice tools top_logprobs top_p truncation user billing frequency_penalty presence_penalty',
)
const KNOWN_ITEMS: Readonly<Record<string, ReadonlySet<string>>> = {
  message: words('id type status role content'),
  reasoning: words('id type status summary content encrypted_content'),
  function_call: words('id type status call_id name namespace arguments'),
  custom_tool_call: words('id type status call_id name namespace input'),
}
const KNOWN_PART = words('type text refusal annotations')
const KNOWN_DETAILS = words('reason')
const KNOWN_USAGE = words(
  'input_tokens input_tokens_details input_tokens_details/cached_tokens input_tokens_details/cache_write_tokens output_tokens output_tokens_details ' +
    'output_tokens_details/reasoning_tokens total_tokens',
)

function notePart(losses: AnswerLosses, part: JsonObject, path: string): void {
  losses.unread(part, KNOWN_PART, path)
  for (const [index, annotation] of asObjects(part['annotations']).entries()) readAnnotation(annotation, `${path}/annotations/${index}`, losses)
}

/** An item of another type is carried as it is, or named as a whole. */
function noteItem(losses: AnswerLosses, item: JsonObject, path: string): void {
  const type = typeof item['type'] === 'string' ? item['type'] : ''
  const known = Object.hasOwn(KNOWN_ITEMS, type) ? KNOWN_ITEMS[type] : undefined
  if (!known) {
    // Told more than once, and read once: here only what nobody would read.
    readSearch(item, path, losses)
    return
  }
  losses.unread(item, known, path)
  for (const place of ['content', 'summary'] as const) for (const [index, part] of asObjects(item[place]).entries()) notePart(losses, part, `${path}/${place}/${index}`)
}

/** Names what a response, at its start or at its end, has beyond what is read of it. */
export function noteResponse(losses: AnswerLosses, response: JsonObject): void {
  const { usage, incomplete_details: details, output } = response
  losses.unread(response, KNOWN_RESPONSE, '')
  if (isJsonObject(usage)) losses.uncounted(usage, KNOWN_USAGE, '/usage')
  if (isJsonObject(details)) losses.unread(details, KNOWN_DETAILS, '/incomplete_details')
  for (const [index, item] of asObjects(output).entries()) noteItem(losses, item, `/output/${index}`)
}

/** Names what an event, and whatever it shows, has beyond what is read of it. */
export function noteEvent(losses: AnswerLosses, event: JsonObject): void {
  const { item, part, response, output_index: index, content_index: content, summary_index: summary } = event
  const path = `/output/${typeof index === 'number' ? index : 0}`
  losses.unread(event, KNOWN_EVENT, '')
  if (isJsonObject(item)) noteItem(losses, item, path)
  if (isJsonObject(part)) notePart(losses, part, part['type'] === 'summary_text' ? `${path}/summary/${Number(summary ?? 0)}` : `${path}/content/${Number(content ?? 0)}`)
  if (isJsonObject(response)) noteResponse(losses, response)
}
