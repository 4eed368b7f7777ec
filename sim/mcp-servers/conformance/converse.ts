import { asString } from './as-string.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { FixtureError } from './fixture-error.ts'
import { counts } from './matrix-tools.ts'
import { META, type ConformanceFixture, type FixtureSession, type Id, type Listener, type Send } from './fixture.ts'

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

/** Opens a listen stream: the acknowledgement first, then what was asked for. Returns what closes it. */
export function listen(fixture: ConformanceFixture, id: Id, params: JsonObject, send: Send): () => void {
  const wanted = object(params['notifications'])
  const meta = { [`${META}subscriptionId`]: id }
  const uris = Array.isArray(wanted['resourceSubscriptions']) ? (wanted['resourceSubscriptions'] as readonly string[]) : []
  const tell = (method: string, more: JsonObject = {}): void => send({ jsonrpc: '2.0', method, params: { ...more, _meta: meta } })
  const listener: Listener = {
    changed(list) {
      if (wanted[`${list}ListChanged`] === true) tell(`notifications/${list}/list_changed`)
    },
    updated(uri) {
      if (uris.includes(uri)) tell('notifications/resources/updated', { uri })
    },
    task(_session, task, progress) {
      const ids = Array.isArray(wanted['taskIds']) ? (wanted['taskIds'] as readonly string[]) : []
      if (progress === undefined && ids.includes(task.id)) tell('notifications/tasks', task.detail())
    },
  }
  tell('notifications/subscriptions/acknowledged', { notifications: wanted })
  fixture.listeners.add(listener)
  return () => void fixture.listeners.delete(listener)
}

/** What a legacy client hears outside of its requests. */
export function legacyListener(session: FixtureSession, send: Send): Listener {
  return {
    changed: (list) => send({ jsonrpc: '2.0', method: `notifications/${list}/list_changed` }),
    updated(uri) {
      if (session.subscriptions.has(uri)) send({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } })
    },
    task(owner, task, progress) {
      if (owner !== session) return
      if (progress === undefined) send({ jsonrpc: '2.0', method: 'notifications/tasks/status', params: task.describe(false) })
      else send({ jsonrpc: '2.0', method: 'notifications/progress', params: progress })
    },
  }
}

/** The answer to a request, errors included. */
export async function answerRequest(fixture: ConformanceFixture, session: FixtureSession, message: JsonObject, send: Send): Promise<JsonObject> {
  const id = message['id'] as Id
  const stop = new AbortController()
  session.running.set(id, stop)
  try {
    const result = await fixture.serve(session, asString(message['method']), object(message['params']), send, stop.signal)
    return { jsonrpc: '2.0', id, result }
  } catch (error) {
    const code = error instanceof FixtureError ? error.code : -32603
    const data = error instanceof FixtureError ? error.data : undefined
    return { jsonrpc: '2.0', id, error: { code, message: (error as Error).message, ...(data ? { data } : {}) } }
  } finally {
    session.running.delete(id)
  }
}

/** A cancel, or one that the fixture does not know and counts. */
export function takeNotification(session: FixtureSession, message: JsonObject): void {
  if (message['method'] === 'notifications/example') counts.noted++
  if (message['method'] === 'notifications/cancelled') session.running.get(object(message['params'])['requestId'] as Id)?.abort()
}

/** True when the message was an answer to a question of ours. */
export function takeAnswer(session: FixtureSession, message: JsonObject): boolean {
  if (message['method'] !== undefined) return false
  session.asked.get(message['id'] as Id)?.(message)
  return true
}
