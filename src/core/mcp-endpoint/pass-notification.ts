import type { JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import type { CatalogView } from '../catalog/index.ts'

/** Between this client and the gateway alone: each hop has its own requests, progress and handshake. */
const OF_THIS_HOP = new Set(['notifications/cancelled', 'notifications/initialized', 'notifications/progress', 'notifications/roots/list_changed'])

export function isOfThisHop(method: string): boolean {
  return OF_THIS_HOP.has(method)
}

/** Sends what a client notes, of a method that the gateway does not know, to the server that it is for: on the aggregate nobody could say which. */
export function passNotification(calls: Pick<Calls, 'notify'>, view: CatalogView, { method, params }: { readonly method: string; readonly params: JsonText | undefined }, logger: Logger): void {
  if (view.single === undefined) logger.debug({ method }, 'a notification for no particular server was dropped')
  else calls.notify(view, method, params)
}
