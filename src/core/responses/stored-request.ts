import { createJsonScanner } from '../../dialects/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ExchangeRequest } from '../exchange/index.ts'

/** A request that is asked again after a restart: everything of it but what belongs to a process. */
type KeptRequest = Omit<ExchangeRequest, 'body' | 'signal' | 'logger' | 'principal' | 'onlyProvider' | 'operation'> & {
  readonly text: string
  readonly principal: Omit<ExchangeRequest['principal'], 'scopes'> & { readonly scopes: readonly string[] }
}

export interface StoredRequest {
  readonly request: ExchangeRequest
  /** How often it was asked again before. */
  readonly resumes: number
}

export function writeRequest(request: ExchangeRequest, resumes: number): JsonText {
  const { body, signal: _signal, logger: _logger, principal, onlyProvider: _onlyProvider, operation: _operation, ...rest } = request
  const kept: KeptRequest = { ...rest, text: Buffer.concat(body.pieces).toString('utf8'), principal: { ...principal, scopes: [...principal.scopes] } }
  return toJsonText({ kept: kept as unknown as JsonObject, resumes })
}

/** Undefined for a text that says no request. */
export function readRequest(text: JsonText, logger: Logger, signal: AbortSignal): StoredRequest | undefined {
  const value = JSON.parse(text) as JsonValue
  if (!isJsonObject(value) || !isJsonObject(value['kept']) || typeof value['resumes'] !== 'number') return undefined
  const { text: written, principal, ...rest } = value['kept'] as unknown as KeptRequest
  const bytes = Buffer.from(written)
  const scanner = createJsonScanner()
  scanner.push(bytes)
  const scopes = new Set(principal.scopes) as ExchangeRequest['principal']['scopes']
  const request: ExchangeRequest = { ...rest, body: { pieces: [bytes], scan: scanner.end() }, principal: { ...principal, scopes }, signal, logger: logger.child({ requestId: rest.requestId }) }
  return { request, resumes: value['resumes'] }
}
