import type { ServerResponse } from 'node:http'
import type { ConfigOutcome } from '../../core/config-change/index.ts'
import { sendJson } from '../http/index.ts'
import type { ReloadAnswer } from './contract.ts'

/** What became of a change of the configuration; a rejected one is a 422. */
export function sendOutcome(response: ServerResponse, outcome: ConfigOutcome): void {
  const body: ReloadAnswer = outcome
  sendJson(response, outcome.outcome === 'rejected' ? 422 : 200, JSON.stringify(body))
}
