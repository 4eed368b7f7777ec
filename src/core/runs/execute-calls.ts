import type { ToolCallBlock, ToolResultBlock } from '../../dialects/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import { RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import type { Principal } from '../identity/index.ts'
import type { OfferedTool } from './offer-tools.ts'
import type { Approval, RunCall, RunObserver } from './run.ts'
import type { DoneCalls, RunJournal } from './run-journal.ts'
import type { RunSettings } from './settings.ts'
import { failedResult, readToolResult, type ToolContent } from './tool-content.ts'

export interface ExecutionContext {
  readonly calls: Calls
  readonly principal: Principal
  readonly offered: ReadonlyMap<string, OfferedTool>
  readonly settings: RunSettings
  readonly observer: RunObserver
  readonly signal: AbortSignal
  readonly logger: Logger
  /** How often each call was made in this run, by name and arguments. */
  readonly made: Map<string, number>
  readonly journal: RunJournal
  /** Tells the client of a call, without a result while it is being made. */
  tell?(block: ToolCallBlock, result?: ToolContent): void
  /** Calls that somebody has approved already. */
  readonly approved?: ReadonlySet<string>
}

function readArguments(text: string): JsonText | undefined {
  if (text.trim() === '') return '{}' as JsonText
  try {
    return isJsonObject(JSON.parse(text)) ? (text as JsonText) : undefined
  } catch {
    return undefined
  }
}

/** What a model can do something about is told to it; what ends the run is thrown. */
function explain(thrown: unknown, { signal }: ExecutionContext): ToolContent {
  if (signal.aborted) throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The client went away.')
  if (thrown instanceof RpcError) return failedResult(`The tool refused the call: ${thrown.message}`)
  const { code, message } = asGatewayError(thrown)
  return failedResult(`The call failed (${code}): ${message}`)
}

/** Whether somebody's word is needed before a call. */
export function needsApproval({ asks, isDestructive }: OfferedTool, { approval }: RunSettings): boolean {
  return asks ?? (approval === 'always' || (approval === 'destructive' && isDestructive))
}

async function approve(call: RunCall, tool: OfferedTool, { settings, observer, signal, approved }: ExecutionContext): Promise<Approval> {
  if (!needsApproval(tool, settings) || approved?.has(call.callId) === true) return { kind: 'approved' }
  if (!observer.approve) return { kind: 'denied', reason: 'It needs approval, and nobody can be asked here.' }
  return observer.approve(call, signal)
}

/** A call that is made again and again with the same arguments leads nowhere. */
function isRepeated({ name, argumentsText }: RunCall, { made, settings }: ExecutionContext): boolean {
  const key = JSON.stringify([name, argumentsText])
  const count = (made.get(key) ?? 0) + 1
  made.set(key, count)
  return count > settings.identicalCalls
}

async function makeCall(call: RunCall, tool: OfferedTool, context: ExecutionContext): Promise<ToolContent> {
  const { calls, principal, settings, observer, signal, logger } = context
  const given = readArguments(call.argumentsText)
  if (given === undefined) return failedResult('The arguments are no JSON object.')
  if (isRepeated(call, context)) return failedResult(`This call was made ${settings.identicalCalls} times with the same arguments. Use the results that are there.`)
  const approval = await approve(call, tool, context)
  if (approval.kind === 'denied') return failedResult(`The call was not made. ${approval.reason}`)
  await context.journal.callBegun(call.callId)
  const { answer } = observer
  const result = await calls.call({
    view: tool.view,
    principal,
    method: 'tools/call',
    params: `{"name":${toJsonText(tool.entry.exposedName)},"arguments":${given}}` as JsonText,
    era: 'legacy',
    signal,
    logger,
    timeoutMs: settings.toolTimeoutMs,
    onProgress: (params) => observer.callProgress?.(call, params),
    ...(answer ? { clientCapabilities: '{"elicitation":{"form":{},"url":{}},"sampling":{}}' as JsonText, onServerRequest: async (method, params) => (await answer.call(observer, call, method, params)) as JsonText } : {}),
  })
  return readToolResult(result, settings.resultBytes)
}

/** Undefined for a call that has to be made now. */
function resultBefore({ callId, name }: ToolCallBlock, { offered }: ExecutionContext, past: DoneCalls | undefined): ToolResultBlock | undefined {
  const known = past?.results.get(callId)
  if (known || !past?.begun.has(callId) || offered.get(name)?.isRepeatable === true) return known
  return { type: 'tool-result', callId, path: '', ...failedResult('This call was interrupted, by a restart of the gateway or by its client. It may have been carried out, and was not repeated.') }
}

async function execute(block: ToolCallBlock, context: ExecutionContext, past: DoneCalls | undefined): Promise<ToolResultBlock> {
  const { callId, name, argumentsText } = block
  const before = resultBefore(block, context, past)
  context.tell?.(block)
  if (before) {
    context.tell?.(block, before)
    return before
  }
  const tool = context.offered.get(name)
  if (!tool) {
    const refused = failedResult(`There is no tool \`${name}\`.`)
    context.tell?.(block, refused)
    return { type: 'tool-result', callId, path: '', ...refused }
  }
  const { isDestructive, entry } = tool
  const call: RunCall = { callId, name, server: entry.route.server, tool: entry.route.upstreamName, argumentsText, isDestructive }
  const started = performance.now()
  context.observer.callStarted?.(call)
  const content = await makeCall(call, tool, context).catch((thrown: unknown) => explain(thrown, context))
  context.tell?.(block, content)
  context.observer.callEnded?.(call, content, performance.now() - started)
  const result: ToolResultBlock = { type: 'tool-result', callId, path: '', ...content }
  await context.journal.callMade(result)
  return result
}

/**
 * Makes the calls of one turn side by side, as many as are allowed, and gives their results in the order of the calls; of a turn of
 * an earlier process only what has to be made still. Rejects when the run was ended.
 */
export async function executeCalls(blocks: readonly ToolCallBlock[], context: ExecutionContext, past?: DoneCalls): Promise<readonly ToolResultBlock[]> {
  const results: ToolResultBlock[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < blocks.length; index = next++) {
      const block = blocks[index]
      if (block) results[index] = await execute(block, context, past)
    }
  }
  await Promise.all(Array.from({ length: Math.min(context.settings.parallelCalls, blocks.length) }, work))
  return results
}
