import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { WireFold } from '../turns.ts'

interface Open {
  readonly block: JsonObject
  /** JSON text of its input, in pieces. */
  input: string
  citations: readonly JsonValue[]
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** What each delta goes on with. */
const MEMBERS: Readonly<Record<string, string>> = { text_delta: 'text', thinking_delta: 'thinking', signature_delta: 'signature' }

function addDelta(open: Open, delta: JsonObject): Open {
  const type = textOf(delta['type'])
  const member = MEMBERS[type]
  if (member !== undefined) return { ...open, block: { ...open.block, [member]: `${textOf(open.block[member])}${textOf(delta[member])}` } }
  if (type === 'input_json_delta') return { ...open, input: open.input + textOf(delta['partial_json']) }
  if (type === 'citations_delta' && delta['citation'] !== undefined) return { ...open, citations: [...open.citations, delta['citation']] }
  return open
}

function readInput(text: string): JsonValue {
  try {
    return parseExact(text)
  } catch {
    // Cut by the limit: providers take no half an object back.
    return {}
  }
}

function close({ block, input, citations }: Open): JsonObject {
  return { ...block, ...(input === '' ? {} : { input: readInput(input) }), ...(citations.length > 0 ? { citations } : {}) }
}

/** The message that a stream of events adds up to, with blocks that the gateway does not know. */
export function createMessagesFold(): WireFold {
  const blocks: Open[] = []
  return {
    push({ data }) {
      if (data.trim() === '') return
      const event = parseExact(data)
      const index = isJsonObject(event) ? event['index'] : undefined
      if (!isJsonObject(event) || typeof index !== 'number') return
      if (isJsonObject(event['content_block'])) blocks[index] = { block: event['content_block'], input: '', citations: [] }
      const open = blocks[index]
      if (open && isJsonObject(event['delta'])) blocks[index] = addDelta(open, event['delta'])
    },
    answer: () => ({ content: blocks.filter((open) => open !== undefined).map(close) }),
  }
}
