import { tellConversation, tellMessage, type LiveConversation } from '../../core/conversations/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { renderProblem, sendJson, type HttpRoute, type RequestContext } from '../http/index.ts'
import { changesBody, readChanges, readSessionBody, saveBody } from './session-body.ts'
import type { SessionsDeps } from './sessions-deps.ts'

const MOST_LISTED = 1000

function readCount(url: URL, name: string, otherwise: number, most: number): number {
  const text = url.searchParams.get(name)
  if (text === null) return otherwise
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0 || count > most) throw new GatewayError('invalid_request', `Expected \`${name}\` to be a whole number from 0 to ${most}, got \`${text}\`.`)
  return count
}

const whole = (live: LiveConversation): JsonObject => {
  const { conversation, messages, isRunning, place } = live.state
  return { ...tellConversation(conversation), running: isRunning, seq: place, messages: messages.map(tellMessage) }
}

/** Making, finding, changing, keeping and removing conversations. */
export function createSessionRoutes({ conversations, bodyLimits }: SessionsDeps): readonly HttpRoute[] {
  const base = { policy: 'models:use', renderError: renderProblem } as const
  const open = ({ principal, params }: RequestContext): Promise<LiveConversation> => conversations.open(principal, params['id'] ?? '')
  return [
    {
      ...base,
      method: 'POST',
      path: '/sessions',
      async handle(request, response, { principal }) {
        const changes = readChanges(await readSessionBody(request, bodyLimits(), changesBody))
        const conversation = await conversations.begin(principal).change(changes)
        sendJson(response, 201, JSON.stringify(tellConversation(conversation)), { location: `/sessions/${conversation.id}` })
      },
    },
    {
      ...base,
      method: 'GET',
      path: '/sessions',
      async handle(_request, response, { principal, url }) {
        const [limit, offset] = [readCount(url, 'limit', 100, MOST_LISTED), readCount(url, 'offset', 0, Number.MAX_SAFE_INTEGER)]
        const isOnly = (name: string): boolean => url.searchParams.get(name) === 'true'
        const all = (await conversations.list(principal)).filter(({ saved, isFavourite }) => (!isOnly('saved') || saved !== undefined) && (!isOnly('favourite') || isFavourite))
        sendJson(response, 200, JSON.stringify({ sessions: all.slice(offset, offset + limit).map(tellConversation), total: all.length }))
      },
    },
    {
      ...base,
      method: 'GET',
      path: '/sessions/{id}',
      handle: async (_request, response, context) => sendJson(response, 200, JSON.stringify(whole(await open(context)))),
    },
    {
      ...base,
      method: 'PATCH',
      path: '/sessions/{id}',
      async handle(request, response, context) {
        const changes = readChanges(await readSessionBody(request, bodyLimits(), changesBody))
        sendJson(response, 200, JSON.stringify(tellConversation(await (await open(context)).change(changes))))
      },
    },
    {
      ...base,
      method: 'DELETE',
      path: '/sessions/{id}',
      async handle(_request, response, { principal, params }) {
        await conversations.remove(principal, params['id'] ?? '')
        response.writeHead(204).end()
      },
    },
    {
      ...base,
      method: 'DELETE',
      path: '/sessions/{id}/messages',
      async handle(_request, response, context) {
        await (await open(context)).clear()
        response.writeHead(204).end()
      },
    },
    {
      ...base,
      method: 'POST',
      path: '/sessions/{id}/save',
      async handle(request, response, context) {
        const { name } = await readSessionBody(request, bodyLimits(), saveBody)
        const { id, title } = (await open(context)).conversation
        sendJson(response, 200, JSON.stringify(tellConversation(await conversations.save(context.principal, id, name ?? (title === '' ? id : title)))))
      },
    },
    {
      ...base,
      method: 'DELETE',
      path: '/sessions/{id}/save',
      handle: async (_request, response, { principal, params }) => sendJson(response, 200, JSON.stringify(tellConversation(await conversations.save(principal, params['id'] ?? '', undefined)))),
    },
  ]
}
