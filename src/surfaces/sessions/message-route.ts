import type { ServerResponse } from 'node:http'
import { tellMessage, type AnswerOutcome, type LiveConversation, type PlacedEvent, type SaidMessage } from '../../core/conversations/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { renderProblem, sendJson, type HttpRoute, type RequestContext } from '../http/index.ts'
import { messageBody, readInput, readSessionBody } from './session-body.ts'
import type { SessionsDeps } from './sessions-deps.ts'
import { openOutlet } from './stream-answer.ts'

function renderOutcome({ message, error }: AnswerOutcome, said: SaidMessage): string {
  if (error && !message) throw error
  return JSON.stringify({
    user: tellMessage(said.message),
    message: message ? tellMessage(message) : null,
    ...(error && error.code !== 'cancelled' ? { error: { code: error.code, message: error.message } } : {}),
  })
}

/** What happens while the message is being kept is told as well, once it is: a refusal is still an error answer then. */
async function stream(live: LiveConversation, say: () => Promise<SaidMessage>, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const early: PlacedEvent[] = []
  let write = (event: PlacedEvent): void => void early.push(event)
  using watch = live.watch((event) => write(event))
  const { answered } = await say()
  using outlet = openOutlet(response)
  for (const event of early) outlet.write(event)
  write = (event) => outlet.write(event)
  const gone = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => gone.resolve(), { once: true })
  if (signal.aborted) gone.resolve()
  await Promise.race([answered, gone.promise])
  watch[Symbol.dispose]()
  outlet.end()
}

async function whole(live: LiveConversation, say: () => Promise<SaidMessage>, response: ServerResponse, signal: AbortSignal): Promise<void> {
  // The answer goes on for a while when the client is gone, as for any other.
  using watch = live.watch(() => undefined)
  const said = await say()
  const gone = Promise.withResolvers<undefined>()
  signal.addEventListener('abort', () => gone.resolve(undefined), { once: true })
  const outcome = await Promise.race([said.answered, gone.promise])
  watch[Symbol.dispose]()
  if (outcome === undefined) throw new GatewayError('cancelled', 'The client left; the answer goes on.')
  sendJson(response, 200, renderOutcome(outcome, said))
}

/** `POST /sessions/{id}/messages`: says something and gives the answer, as events or whole. */
export function createMessageRoute({ conversations, bodyLimits }: SessionsDeps): HttpRoute {
  return {
    method: 'POST',
    path: '/sessions/{id}/messages',
    policy: 'models:use',
    renderError: renderProblem,
    async handle(request, response, { principal, params, requestId, logger, signal }: RequestContext) {
      const input = readInput(await readSessionBody(request, bodyLimits(), messageBody))
      const live = await conversations.open(principal, params['id'] ?? '')
      const say = (): Promise<SaidMessage> => live.say(input, { principal, surface: 'sessions', requestId, logger })
      const wantsEvents = (request.headers.accept ?? '').includes('text/event-stream')
      await (wantsEvents ? stream : whole)(live, say, response, signal)
    },
  }
}
