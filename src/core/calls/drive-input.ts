import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, readMembers, type JsonText } from '../../lib/json-text.ts'
import { isInputRequired } from './shape-result.ts'

const MAX_ROUNDS = 10

export type AskClient = (method: string, params: JsonText | undefined) => Promise<JsonText>

export interface DrivenCall {
  readonly params: JsonText | undefined
  readonly send: (params: JsonText | undefined) => Promise<JsonText>
  /** Undefined when the client cannot be asked at all. */
  readonly ask: AskClient | undefined
}

function slice(object: JsonText, start: number, end: number): JsonText {
  return object.slice(start, end) as JsonText
}

/** Asks everything that a server wants to know; the answers under the same keys. */
export async function answerRequests(requests: JsonText, ask: AskClient): Promise<JsonText> {
  const answers = await Promise.all(
    readMembers(requests).map(async ({ key, valueStart, valueEnd }) => {
      const request = slice(requests, valueStart, valueEnd)
      const method = parseJsonText(readMember(request, 'method') ?? ('null' as JsonText))
      if (typeof method !== 'string') throw new RpcError(RPC.internalError, 'The MCP server asked for input without naming a method.')
      return `${JSON.stringify(key)}:${await ask(method, readMember(request, 'params'))}`
    }),
  )
  return `{${answers.join(',')}}` as JsonText
}

/**
 * Plays the modern client for a legacy one: asks what an `input_required` result asks, and sends the call again with the
 * answers and the exact `requestState`. A refused question has no form in the retry, so it ends the call.
 */
export async function driveInput({ params, send, ask }: DrivenCall): Promise<JsonText> {
  let result = await send(params)
  for (let round = 1; isInputRequired(result); round++) {
    if (!ask) throw new RpcError(RPC.internalError, 'The MCP server needs input that this client cannot give.')
    if (round > MAX_ROUNDS) throw new RpcError(RPC.internalError, `The MCP server asked for input more than ${MAX_ROUNDS} times for one call.`)
    const requests = readMember(result, 'inputRequests')
    const changes: Record<string, JsonText | undefined> = { requestState: readMember(result, 'requestState') }
    changes['inputResponses'] = requests === undefined ? undefined : await answerRequests(requests, ask)
    result = await send(editMembers(params ?? EMPTY_OBJECT, changes))
  }
  return result
}
