import { exportConversation, tellStep, type LiveConversation } from '../../core/conversations/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { renderProblem, sendJson, type HttpRoute, type RequestContext } from '../http/index.ts'
import { approvalBody, elicitationBody, readSessionBody } from './session-body.ts'
import type { SessionsDeps } from './sessions-deps.ts'
import { streamUntilSettled } from './stream-answer.ts'

function readPlace(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** What concerns an answer that runs, and what came of those before. */
export function createAnswerRoutes({ conversations, bodyLimits }: SessionsDeps): readonly HttpRoute[] {
  const base = { policy: 'models:use', renderError: renderProblem } as const
  const open = ({ principal, params }: RequestContext): Promise<LiveConversation> => conversations.open(principal, params['id'] ?? '')
  return [
    {
      ...base,
      method: 'GET',
      path: '/sessions/{id}/events',
      async handle(request, response, context) {
        const live = await open(context)
        const last = request.headers['last-event-id']
        const after = readPlace(typeof last === 'string' ? last : context.url.searchParams.get('after')) ?? live.state.place
        const missed = live.eventsAfter(after)
        if (!missed) throw new GatewayError('not_found', 'The events behind this one are not known any more: read the session.')
        await streamUntilSettled(live, response, missed, context.signal)
      },
    },
    {
      ...base,
      method: 'GET',
      path: '/sessions/{id}/steps',
      async handle(_request, response, context) {
        const { messages } = (await open(context)).state
        sendJson(response, 200, JSON.stringify({ steps: messages.flatMap(({ sequence, steps }) => steps.map((step) => ({ message_id: sequence, ...tellStep(step) }))) }))
      },
    },
    {
      ...base,
      method: 'POST',
      path: '/sessions/{id}/cancel',
      handle: async (_request, response, context) => sendJson(response, 200, JSON.stringify({ cancelled: await (await open(context)).cancel() })),
    },
    {
      ...base,
      method: 'POST',
      path: '/sessions/{id}/approvals/{question}',
      async handle(request, response, context) {
        const { approved: isApproved, reason } = await readSessionBody(request, bodyLimits(), approvalBody)
        const live = await open(context)
        live.reply(context.params['question'] ?? '', { kind: 'approval', isApproved, reason })
        response.writeHead(204).end()
      },
    },
    {
      ...base,
      method: 'POST',
      path: '/sessions/{id}/elicitations/{question}',
      async handle(request, response, context) {
        const { action, content } = await readSessionBody(request, bodyLimits(), elicitationBody)
        const live = await open(context)
        live.reply(context.params['question'] ?? '', { kind: 'elicitation', action, content })
        response.writeHead(204).end()
      },
    },
    {
      ...base,
      method: 'GET',
      path: '/sessions/{id}/export',
      async handle(_request, response, context) {
        const format = context.url.searchParams.get('format') ?? 'json'
        if (format !== 'json' && format !== 'markdown') throw new GatewayError('invalid_request', 'Expected `format` to be `json` or `markdown`.')
        const { conversation, messages } = (await open(context)).state
        const text = exportConversation(conversation, messages, format)
        const [type, ending] = format === 'json' ? ['application/json', 'json'] : ['text/markdown', 'md']
        response
          .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store', 'content-disposition': `attachment; filename="${conversation.id}.${ending}"` })
          .end(text)
      },
    },
  ]
}
