import type { RpcNotification } from '../../../domain/json-rpc.ts'
import type { UpstreamChange } from '../upstream.ts'
import type { OpenCalls } from './open-calls.ts'
import type { PendingRequest } from './pending-request.ts'

export interface NoticeRoutes {
  readonly open: OpenCalls
  readonly onChange: (change: UpstreamChange) => void
}

const LIST_CHANGED = /^notifications\/(tools|resources|prompts)\/list_changed$/

function asChange({ method, params }: RpcNotification): UpstreamChange | undefined {
  const list = LIST_CHANGED.exec(method)?.[1] as 'tools' | 'resources' | 'prompts' | undefined
  if (list) return { kind: 'list-changed', list }
  return method === 'notifications/resources/updated' && params !== undefined ? { kind: 'resource-updated', params } : undefined
}

/**
 * Gives a notification to whom it belongs: a subscription, the server’s own state, or a call. `subscriber` is the request whose stream or
 * subscription it names. False when its call is over, so that nobody is left to hear it.
 */
export function deliverNotice(notice: RpcNotification, subscriber: PendingRequest | undefined, { open, onChange }: NoticeRoutes): boolean {
  const { method, params } = notice
  if (subscriber?.onNotification) {
    subscriber.onNotification(method, params)
    return true
  }
  const isOwnListen = subscriber?.method === 'subscriptions/listen'
  const change = isOwnListen ? undefined : asChange(notice)
  if (change) {
    onChange(change)
    return true
  }
  // Its task is known by its id, to whoever keeps the ids of clients.
  if (method === 'notifications/tasks/status') {
    onChange({ kind: 'notification', method, params })
    return true
  }
  const owner = subscriber ?? open.sole()
  if (owner?.done) return false
  const listener = owner?.call?.onServerNotification
  if (listener) listener(method, params)
  else onChange({ kind: 'notification', method, params })
  return true
}
