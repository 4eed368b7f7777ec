import { canonicalJson } from '../../lib/canonical-json.ts'
import type { JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { ApprovalWord, DialectTurns } from '../../dialects/index.ts'
import { appendElements } from './append-elements.ts'
import type { ExecutionContext } from './execute-calls.ts'
import { readCalls, type RunDialect } from './fragments.ts'
import type { ApprovedCall, RememberedTurn } from './remembered-turn.ts'
import type { TurnMemory } from './turn-memory.ts'
import { whileWanted } from './while-wanted.ts'

interface Read {
  readonly text: JsonText
  readonly value: JsonValue
}

/** Arguments as a client may write them again: another order of members is no other call. */
function argumentsOf(text: string): string {
  try {
    return canonicalJson(parseExact(text.trim() === '' ? '{}' : text))
  } catch {
    return text
  }
}

/**
 * Some providers count the calls of each conversation anew (`functions.Bash:0`), so that an id alone may mean the turn of another
 * conversation: its calls have to be those that the client tells of.
 */
function isSaid({ theirs }: RememberedTurn, said: readonly Read[], dialect: RunDialect): boolean {
  if (theirs.length === 0) return true
  const written = new Map(readCalls(dialect, said.map(({ value }) => value)).map(({ callId, argumentsText }) => [callId, argumentsText]))
  return theirs.every(({ callId, argumentsText }) => {
    const again = written.get(callId)
    return again === undefined || argumentsOf(again) === argumentsOf(argumentsText)
  })
}

type Turns = ReadonlyMap<string, RememberedTurn>

function findTurn(said: readonly Read[], dialect: RunDialect, remembered: Turns): RememberedTurn | undefined {
  for (const { value } of said) {
    for (const callId of dialect.turns.callIdsOf(value)) {
      const found = remembered.get(callId)
      if (found && isSaid(found, said, dialect)) return found
    }
  }
  return undefined
}

/** What every element that tells of a call, or of the client's word on one, has in its text. */
const MAY_TELL = /call|tool|approv|tl_/i

/** The conversation as it really was, and what the client has not been told of yet. */
export interface RejoinedTurns {
  readonly conversation: readonly JsonText[]
  /** Calls that the client approved with this request. */
  readonly approved: readonly ApprovedCall[]
}

/** What a client's account of its conversation says of questions about calls. */
function readQuestions(elements: readonly Read[], turns: DialectTurns): { readonly words: ReadonlyMap<string, ApprovalWord>; readonly told: ReadonlySet<string> } {
  const words = elements.flatMap(({ value }) => turns.readApproval?.(value) ?? [])
  const told = elements.flatMap(({ value }) => turns.approvalOf?.(value) ?? [])
  return { words: new Map(words.map((word) => [word.id, word])), told: new Set(told) }
}

/**
 * Puts back what the client was not shown: its own account of a turn is replaced by what the turn was, and the results of the
 * gateway's calls stand before the client's. What was forgotten is put together from what the client was told.
 */
export async function rejoinTurns(conversation: readonly JsonText[], dialect: RunDialect, memory: TurnMemory, context: ExecutionContext): Promise<RejoinedTurns> {
  const { turns } = dialect
  if (!conversation.some((text) => MAY_TELL.test(text))) return { conversation, approved: [] }
  const elements: readonly Read[] = conversation.map((text) => ({ text, value: parseExact(text) }))
  const isModels = ({ value }: Read): boolean => turns.isModels(value)
  const remembered = await memory.recall(context.principal, [...new Set(elements.filter(isModels).flatMap(({ value }) => turns.callIdsOf(value)))])
  const { words, told } = readQuestions(elements, turns)
  const approved: ApprovedCall[] = []
  /** Their results are among those of the turn that asked. */
  const known = new Set<string>()
  let result: readonly JsonText[] = []
  let isAfterTurn = false
  for (let at = 0; at < elements.length; ) {
    let end = at
    while (end < elements.length && turns.isModels(elements[end]?.value ?? null)) end++
    if (end === at) end++
    const said = elements.slice(at, end).filter(({ value }) => !known.has(turns.approvalOf?.(value) ?? ''))
    const turn = said[0] && isModels(said[0]) ? findTurn(said, dialect, remembered) : undefined
    const handed = turn && (await whileWanted(turn.results(words, context), context.signal))
    for (const call of handed?.approved ?? []) {
      known.add(call.questionId)
      if (!told.has(call.questionId)) approved.push(call)
    }
    const texts = turn ? [...turn.elements, ...(handed?.elements ?? [])] : said.map(({ text }) => text)
    // A client's results and ours belong together, as one element where the dialect groups them.
    result = isAfterTurn ? appendElements(result, texts, turns) : [...result, ...texts]
    isAfterTurn = turn !== undefined
    at = end
  }
  return { conversation: turns.untell?.(result) ?? result, approved }
}
