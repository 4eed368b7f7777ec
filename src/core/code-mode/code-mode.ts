import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import { EMPTY_OBJECT, readMember, type JsonText } from '../../lib/json-text.ts'
import type { Events } from '../../telemetry/index.ts'
import type { ScriptEnd, ScriptSandbox } from '../../upstreams/sandbox/index.ts'
import { createParkedCalls, type CallRequest, type Calls } from '../calls/index.ts'
import { BadArguments, readMetaArguments, textResult, type ToolSearch } from '../disclosure/index.ts'
import { answerCodeSearch } from './answer-code-search.ts'
import type { CodeRequest } from './code-request.ts'
import { nameTools } from './name-tools.ts'
import { callForScript, type ScriptClient } from './script-caller.ts'
import { createScriptProgress } from './script-progress.ts'
import { writeScriptResult } from './script-result.ts'

export interface CodeModeDeps {
  readonly sandbox: ScriptSandbox
  readonly calls: Calls
  readonly events: Events
  /** Finds tools; by words alone without it. */
  readonly search?: ToolSearch | undefined
  /** Longest that a script of a modern client waits for the client’s next round. */
  readonly parkedMs?: number
}

/**
 * The two tools of code mode: finding tools as declarations, and running a script that calls them. A script can do what its client can,
 * call by call, and nothing else. Never rejects but with the client’s cancel and with what is wrong with a `requestState`.
 */
export interface CodeMode extends AsyncDisposable {
  answer(request: CodeRequest): Promise<JsonText>
}

interface Script {
  readonly text: string
  readonly timeoutMs: number | undefined
}

/** A script runs for its client: in one request, or over the rounds of a modern one. */
interface Attendance {
  readonly signal: AbortSignal
  readonly ask: CallRequest['onServerRequest']
  current(): Pick<CallRequest, 'onProgress' | 'onServerNotification'>
}

const PARKED_MS = 600_000
const MAX_SCRIPT = 200_000

function readScript(given: JsonText | undefined, mostMs: number): Script {
  const read = readMetaArguments(given, ['script', 'timeoutMs'])
  const text = read.text('script')
  if (text === undefined || text.trim() === '') throw new BadArguments('Expected `script` to be the body of an async function.')
  if (text.length > MAX_SCRIPT) throw new BadArguments(`Expected \`script\` to have at most ${MAX_SCRIPT} characters, got ${text.length}.`)
  return { text, timeoutMs: read.count('timeoutMs', mostMs, mostMs) }
}

/** What the client can do for a server: a legacy one said so once, a modern one says so with each request. */
function capabilitiesOf({ era, params, clientCapabilities }: CallRequest): JsonText | undefined {
  if (era === 'legacy') return clientCapabilities
  const meta = params && readMember(params, '_meta')
  return meta && readMember(meta, 'io.modelcontextprotocol/clientCapabilities')
}

export function createCodeMode({ sandbox, calls, events, search, parkedMs = PARKED_MS }: CodeModeDeps): CodeMode {
  const parked = createParkedCalls(parkedMs)
  const { outputBytes, timeoutMs: mostMs } = sandbox.settings

  async function execute({ text, timeoutMs }: Script, { request, view }: CodeRequest, { signal, ask, current }: Attendance): Promise<JsonText> {
    const { era, logger, requestId } = request
    const id = requestId ?? `script-${randomUUID()}`
    const started = performance.now()
    const progress = createScriptProgress((params) => current().onProgress?.(params))
    const client: ScriptClient = { request, view, ask, id, clientCapabilities: capabilitiesOf(request), onProgress: undefined, onServerNotification: (method, params) => current().onServerNotification?.(method, params) }
    const settle = (outcome: ScriptEnd['outcome']['kind'] | 'cancelled' | 'failed', made: number): void =>
      events.scriptSettled(logger, { id, outcome, calls: made, durationMs: performance.now() - started })
    try {
      const end = await sandbox.run({
        script: text,
        names: nameTools(view()).names,
        timeoutMs,
        signal,
        call(call, context) {
          const path = call.kind === 'named' ? call.name : `${call.server}.${call.tool}`
          progress.began(path)
          return callForScript(call, { ...client, onProgress: request.onProgress && progress.of(path) }, calls, context)
        },
      })
      settle(end.outcome.kind, end.calls)
      return writeScriptResult(era, end, { id, durationMs: performance.now() - started }, outputBytes)
    } catch (error) {
      settle(signal.aborted ? 'cancelled' : 'failed', 0)
      if (signal.aborted || !(error instanceof GatewayError)) throw error
      return textResult(era, error.message, true)
    }
  }

  function run(asked: CodeRequest): Promise<JsonText> {
    const { request, given } = asked
    const script = readScript(given, mostMs)
    const { signal, onServerRequest: ask, era } = request
    if (era === 'legacy') return execute(script, asked, { signal, ask, current: () => request })
    const round = { ...request, params: request.params ?? EMPTY_OBJECT }
    return parked.isOurs(round.params) ? parked.resume(round) : parked.start(round, (call) => execute(script, asked, call))
  }

  return {
    async answer(asked) {
      try {
        const { request, given, view } = asked
        if (asked.tool === 'code_search') return textResult(request.era, await answerCodeSearch({ view: view(), given, search, signal: request.signal }))
        return await run(asked)
      } catch (error) {
        if (!(error instanceof BadArguments)) throw error
        return textResult(asked.request.era, error.message, true)
      }
    },
    [Symbol.asyncDispose]: () => parked[Symbol.asyncDispose](),
  }
}
