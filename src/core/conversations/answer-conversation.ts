import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { CanonicalAnswer } from '../../dialects/index.ts'
import { askModel } from '../exchange/index.ts'
import type { Principal } from '../identity/index.ts'
import { wordsOf, type Approval, type RunCall, type RunObserver, type Runs } from '../runs/index.ts'
import type { AnswerDraft, SaidDelta } from './answer-draft.ts'
import type { ChatEvent } from './chat-event.ts'
import type { Questions } from './questions.ts'
import type { WrittenQuestion } from './write-question.ts'

/** Who says something, and through what. */
export interface Speaker {
  readonly principal: Principal
  /** For the ledger: `chat-ws`. */
  readonly surface: string
  readonly requestId: string
  readonly logger: Logger
}

export interface AnswerContext {
  readonly run: Runs['run']
  readonly speaker: Speaker
  readonly draft: AnswerDraft
  readonly questions: Questions
  readonly waitMs: number
  readonly signal: AbortSignal
  emit(event: ChatEvent): void
  said(delta: SaidDelta): void
  stepped(): void
}

async function approve(call: RunCall, { questions, waitMs }: AnswerContext, signal: AbortSignal): Promise<Approval> {
  const reply = await questions.ask({ kind: 'approval', call }, waitMs, signal)
  if (reply?.kind !== 'approval') return { kind: 'denied', reason: 'Nobody approved it in time.' }
  return reply.isApproved ? { kind: 'approved' } : { kind: 'denied', reason: reply.reason ?? 'The user did not approve it.' }
}

/** Servers may ask whoever chats to fill in something; nothing else is answered here. */
async function answerServer(call: RunCall, method: string, params: string | undefined, { questions, waitMs, signal }: AnswerContext): Promise<string> {
  if (method !== 'elicitation/create') throw new RpcError(RPC.methodNotFound, `Nobody answers ${method} in a conversation.`)
  const read = params === undefined ? {} : parseJsonText(params as JsonText)
  const asked: JsonObject = isJsonObject(read) ? read : {}
  const reply = await questions.ask({ kind: 'elicitation', call, params: asked }, waitMs, signal)
  if (reply?.kind !== 'elicitation') return '{"action":"cancel"}'
  return JSON.stringify({ action: reply.action, ...(reply.action === 'accept' ? { content: reply.content ?? {} } : {}) })
}

/** Tells of the calls of a run, and asks the user for it. */
function observe(context: AnswerContext, maxHops: number | undefined): RunObserver {
  const { draft, emit, stepped } = context
  return {
    ...(maxHops === undefined ? {} : { maxHops }),
    callStarted(call) {
      draft.callStarted(call)
      stepped()
      emit({ kind: 'tool-started', call })
    },
    callProgress: (call, progress) => emit({ kind: 'tool-progress', call, progress }),
    callEnded(call, result, durationMs) {
      const outcome = { text: wordsOf(result), isError: result.isError, durationMs }
      draft.callEnded(call, outcome)
      stepped()
      emit({ kind: 'tool-ended', call, outcome })
    },
    approve: (call, signal) => approve(call, context, signal),
    answer: (call, method, params) => answerServer(call, method, params, context),
    turnEnded: (elements) => draft.turnEnded(elements),
  }
}

/** Asks the model, through the same exchanges and runs as every client. Rejects with what ended the answer. */
export async function answerConversation({ body, tools, maxToolHops }: WrittenQuestion, context: AnswerContext): Promise<CanonicalAnswer> {
  const { run, speaker, draft, signal, said } = context
  const observer = observe(context, maxToolHops)
  try {
    return await askModel((request, client) => run(request, client, observer), { ...speaker, body, ...(tools === undefined ? {} : { tools }), signal }, (part) => said(draft.push(part)))
  } catch (error) {
    // An answer that was cut off on purpose failed of nothing else.
    if (signal.aborted) throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('cancelled', 'The answer was cancelled.')
    throw error
  }
}
