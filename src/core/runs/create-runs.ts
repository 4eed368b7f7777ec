import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createJsonScanner, findTurns, HOSTED_ID, setMembers, type AnswerContext, type CanonicalRequest, type ScannedBody } from '../../dialects/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { editMembers, type JsonText } from '../../lib/json-text.ts'
import type { RunStore } from '../../storage/index.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import type { Catalog } from '../catalog/index.ts'
import type { Attempt, ExchangeClient, ExchangeRequest, ExchangeService } from '../exchange/index.ts'
import { AnswerWriter } from './answer-writer.ts'
import { runDialect, VERBATIM, type RunDialect } from './fragments.ts'
import type { ExecutionContext } from './execute-calls.ts'
import { listOffered } from './list-offered.ts'
import { offerTools } from './offer-tools.ts'
import { rejoinTurns } from './rejoin-turns.ts'
import type { RunObserver } from './run.ts'
import { createSettingsReader, type ReadSettings } from './read-settings.ts'
import { memberText, readList } from './run-body.ts'
import { createRunStop } from './run-stop.ts'
import { runTurns } from './run-turns.ts'
import type { RunProgress } from './running-turns.ts'
import { createRunJournal, NO_JOURNAL } from './run-journal.ts'
import { DEFAULT_RUN_SETTINGS, type RunSettings } from './settings.ts'
import { tellApproved } from './tell-approved.ts'
import { createTurnMemory, type TurnMemory } from './turn-memory.ts'
import { createToolTexts, type ToolTexts } from './tool-texts.ts'
import { readModelSuffix, type ToolWish } from './tool-wish.ts'

export interface RunsDeps {
  readonly exchanges: ExchangeService
  readonly catalog: Catalog
  readonly calls: Calls
  readonly store: RunStore
  readonly events: Events
  readonly logger: Logger
  /** Read per run: what differs from the defaults. */
  settings?(): Partial<RunSettings>
  /** Read per request: the tools that a public model has, or that every model has for a principal. */
  standing?(): StandingTools
}

/** Selections of tools that nobody has to ask for. */
export interface StandingTools {
  readonly models: Readonly<Record<string, string>>
  /** By the id of the principal. */
  readonly principals: Readonly<Record<string, string>>
}

/**
 * Models that use the gateway's tools. A run is turns of a model, each an exchange like any client's, with calls between them, each
 * a call like any client's; what the client sees is one answer in its own dialect. Only offered tools are called: a call of the
 * client's own tools is handed to the client. Disposing it ends calls that are made while clients are away.
 */
export interface Runs extends AsyncDisposable {
  /** Like the exchanges that it was made with, but requests that ask for tools of the gateway become runs. */
  readonly exchanges: ExchangeService
  /** A run for somebody who watches it. */
  run(request: ExchangeRequest, client: ExchangeClient, observer: RunObserver): Promise<readonly Attempt[]>
}

/** What the request asks for beside its own tools; empty for a plain exchange. */
function readWishes(request: ExchangeRequest, standing?: StandingTools): { readonly request: ExchangeRequest; readonly wishes: readonly ToolWish[] } {
  if (request.operation !== undefined) return { request, wishes: [] }
  const { model, selection } = readModelSuffix(request.facts.model)
  const selections = [selection, request.tools, standing?.models[model], standing?.principals[request.principal.id]].filter((word) => word !== undefined)
  const named = selection === undefined ? request : { ...request, facts: { ...request.facts, model } }
  const asked = findTurns(request.dialect)?.readToolServers?.(request.body)
  const wishes: readonly ToolWish[] = [...(asked?.servers ?? []), ...selections.map((each) => ({ selection: each }))]
  return { request: asked ? { ...named, body: editTop(named.body, asked.rest) } : named, wishes }
}

/** The body with members replaced, or taken out where nothing is left to say. */
function editTop({ pieces }: ScannedBody, members: Readonly<Record<string, JsonText | undefined>>): ScannedBody {
  const bytes = Buffer.from(editMembers(Buffer.concat(pieces).toString('utf8') as JsonText, members))
  const scanner = createJsonScanner()
  scanner.push(bytes)
  return { pieces: [bytes], scan: scanner.end() }
}

/** What a client was told of earlier runs means nothing to a provider. */
function withoutTold(request: ExchangeRequest): ExchangeRequest {
  const turns = findTurns(request.dialect)
  if (!turns?.untell || !request.body.pieces.some((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).includes(HOSTED_ID))) return request
  const before = turns.readConversation(memberText(request.body, turns.conversation))
  const after = turns.untell(before)
  if (after.length === before.length && after.every((text, index) => text === before[index])) return request
  return { ...request, body: setMembers(request.body, { [turns.conversation]: `[${after.join(',')}]` as JsonText }) }
}

function answerContext(request: ExchangeRequest, { codec }: RunDialect, canonical: CanonicalRequest, body: JsonObject): AnswerContext {
  const always = codec.request.applyVersion?.(body, request.headers)
  const echo = { ...canonical.echo, ...always, ...request.echo }
  return {
    origin: { provider: '', model: request.facts.model },
    seals: VERBATIM,
    wantsUsage: request.facts.wantsUsage,
    keepsNative: true,
    ...(String(request.headers['anthropic-beta'] ?? '').includes(HOSTED_BETA) ? { readsHostedPieces: true } : {}),
    estimateInputTokens: () => 0,
    ...(Object.keys(echo).length > 0 ? { echo } : {}),
  }
}

/** With it an Anthropic client says that it knows calls which are made for it. */
const HOSTED_BETA = 'mcp-client-'

const PATIENCE_MS = 30_000
const LOOK_MS = 250

/** After a restart a run is gone on with while its servers still start: nobody waits for it, so it waits for them. */
async function offerPatiently<Offered>({ durableId, signal }: ExchangeRequest, offer: () => Promise<Offered>): Promise<Offered> {
  for (const until = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await offer()
    } catch (thrown) {
      const isLate = durableId === undefined || Date.now() > until || signal.aborted
      if (isLate || !(thrown instanceof GatewayError) || thrown.code !== 'server_unavailable') throw thrown
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** What runs have in common. */
interface Shared {
  readonly memory: TurnMemory
  readonly toolTexts: ToolTexts
  readonly readSettings: ReadSettings
}

async function startRun(deps: RunsDeps, { memory, toolTexts, readSettings }: Shared, asked: ExchangeRequest, wishes: readonly ToolWish[], client: ExchangeClient, observer: RunObserver): Promise<readonly Attempt[]> {
  if (!asked.principal.scopes.has('tools:use')) throw new GatewayError('forbidden', 'This key may not use tools: it lacks the scope `tools:use`.')
  const dialect = runDialect(asked.dialect)
  const runId = `run_${randomUUID().replaceAll('-', '')}`
  const allowed = { ...DEFAULT_RUN_SETTINGS, ...deps.settings?.() }
  const settings = { ...allowed, maxHops: Math.min(allowed.maxHops, observer.maxHops ?? allowed.maxHops) }
  using stop = createRunStop(asked.signal, settings.maxDurationMs)
  const request: ExchangeRequest = { ...asked, signal: stop.signal, logger: asked.logger.child({ run: runId }) }
  const { body, canonical } = readSettings(request.body, dialect)
  if (canonical.choices > 1) throw new GatewayError('invalid_request', 'Expected one answer to be asked for: a run with tools gives one.')
  if (request.dialect === 'anthropic-messages' && isJsonObject(body['thread'])) {
    throw new GatewayError('invalid_request', '`/thread` cannot be used where the gateway calls tools: each turn of a run sends the whole conversation.', { details: { path: '/thread' } })
  }
  const context = answerContext(request, dialect, canonical, body)
  const progress: RunProgress = { turns: 0, calls: 0 }
  const started = performance.now()
  let failure: GatewayError | undefined
  const writer = new AnswerWriter(client, dialect, context, { isStream: request.facts.stream, runId })
  try {
    const offering = { principal: request.principal, signal: request.signal, waitMs: settings.toolTimeoutMs, isPatient: request.durableId !== undefined }
    const offered = await offerPatiently(request, () => offerTools(deps.catalog, offering, wishes, new Set(canonical.tools.map(({ name }) => name))))
    const definitions = [...offered.values()].map(({ definition }) => definition)
    const conversation = dialect.turns.readConversation(memberText(request.body, dialect.turns.conversation))
    const execution: ExecutionContext = { calls: deps.calls, principal: request.principal, offered, settings, observer, signal: request.signal, logger: request.logger, made: new Map(), journal: request.durableId === undefined ? NO_JOURNAL : createRunJournal(deps.store, request.durableId) }
    deps.events.runBegun(request.logger, { surface: request.surface, model: request.facts.model, tools: offered.size })
    const { conversation: rejoined, approved } = await rejoinTurns(conversation, dialect, memory, execution)
    return await runTurns({
      request,
      runId,
      progress,
      dialect,
      writer,
      exchanges: deps.exchanges,
      memory,
      execution,
      written: conversation,
      conversation: rejoined,
      approved: approved.map((call) => tellApproved(call, offered)),
      opening: listOffered(offered.values(), dialect.turns, conversation, runId),
      tools: [...readList(request.body, 'tools'), ...toolTexts.textsOf(dialect, request.facts.model, definitions)],
    })
  } catch (thrown) {
    const error = asGatewayError(thrown)
    failure = error
    if (!writer.hasBegun) throw thrown
    if (error.code === 'internal') request.logger.error({ err: thrown }, 'a run failed')
    writer.fail(error)
    return []
  } finally {
    const outcome = failure?.code === 'cancelled' || asked.signal.aborted ? 'cancelled' : failure ? 'failed' : 'answered'
    deps.events.runSettled(request.logger, { outcome, ...progress, durationMs: performance.now() - started, ...(failure ? { error: failure.message } : {}) })
  }
}

export function createRuns(deps: RunsDeps): Runs {
  const shared: Shared = { memory: createTurnMemory(deps.store), toolTexts: createToolTexts(), readSettings: createSettingsReader() }
  /** What nobody asked for is not refused to who may not use it: it is left out. */
  const standingFor = ({ principal }: ExchangeRequest): StandingTools | undefined => (principal.scopes.has('tools:use') ? deps.standing?.() : undefined)
  async function run(asked: ExchangeRequest, client: ExchangeClient, observer: RunObserver): Promise<readonly Attempt[]> {
    const { request, wishes } = readWishes(asked, standingFor(asked))
    return wishes.length === 0 ? deps.exchanges.run(withoutTold(request), client) : startRun(deps, shared, request, wishes, client, observer)
  }
  return {
    run,
    [Symbol.asyncDispose]: () => shared.memory[Symbol.asyncDispose](),
    exchanges: {
      ...deps.exchanges,
      run: (request, client) => run(request, client, {}),
      countTokens: (request) => deps.exchanges.countTokens(readWishes(request).request),
      leastInputPrice: (request) => deps.exchanges.leastInputPrice(readWishes(request).request),
      nativeProvider: (request) => (readWishes(request, standingFor(request)).wishes.length > 0 ? undefined : deps.exchanges.nativeProvider(request)),
    },
  }
}
