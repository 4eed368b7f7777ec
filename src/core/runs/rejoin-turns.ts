import type { JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { ApprovalWord, DialectTurns } from '../../dialects/index.ts'
import type { Principal } from '../identity/index.ts'
import { appendElements } from './append-elements.ts'
import type { ExecutionContext } from './execute-calls.ts'
import type { RememberedTurn, TurnMemory } from './turn-memory.ts'

interface Read {
  readonly text: JsonText
  readonly value: JsonValue
}

function findTurn(elements: readonly Read[], turns: DialectTurns, principal: Principal, memory: TurnMemory): RememberedTurn | undefined {
  for (const { value } of elements) {
    for (const callId of turns.callIdsOf(value)) {
      const found = memory.recall(principal, callId)
      if (found) return found
    }
  }
  return undefined
}

/** What every element that tells of a call, or of the client's word on one, has in its text. */
const MAY_TELL = /call|tool|approv|tl_/i

/**
 * Puts back what the client was not shown: its own account of a turn is replaced by what the turn was, and the results of the
 * gateway's calls stand before the client's. What was forgotten is put together from what the client was told.
 */
export async function rejoinTurns(conversation: readonly JsonText[], turns: DialectTurns, memory: TurnMemory, context: ExecutionContext): Promise<readonly JsonText[]> {
  if (!conversation.some((text) => MAY_TELL.test(text))) return conversation
  const elements: readonly Read[] = conversation.map((text) => ({ text, value: parseExact(text) }))
  const { principal } = context
  const words = new Map<string, ApprovalWord>()
  for (const { value } of elements) {
    const word = turns.readApproval?.(value)
    if (word) words.set(word.id, word)
  }
  let result: readonly JsonText[] = []
  let isAfterTurn = false
  for (let at = 0; at < elements.length; ) {
    let end = at
    while (end < elements.length && turns.isModels(elements[end]?.value ?? null)) end++
    if (end === at) end++
    const said = elements.slice(at, end)
    const turn = turns.isModels(said[0]?.value ?? null) ? findTurn(said, turns, principal, memory) : undefined
    const texts = turn ? [...turn.elements, ...(await turn.results(words, context))] : said.map(({ text }) => text)
    // A client's results and ours belong together, as one element where the dialect groups them.
    result = isAfterTurn ? appendElements(result, texts, turns) : [...result, ...texts]
    isAfterTurn = turn !== undefined
    at = end
  }
  return turns.untell?.(result) ?? result
}
