import { randomUUID } from 'node:crypto'
import type { ToolEmbedding } from '../core/disclosure/index.ts'
import { embedTexts, type ExchangeService } from '../core/exchange/index.ts'
import type { Principal } from '../core/identity/index.ts'
import type { PrincipalId } from '../domain/ids.ts'
import type { Logger } from '../telemetry/index.ts'

/** Descriptions and questions of every client are embedded for all of them, so on one account. */
const PRINCIPAL: Principal = { id: 'mcp:tool-search' as PrincipalId, via: { kind: 'local' }, scopes: new Set(['models:use']) }

export interface ToolEmbeddingDeps {
  exchanges(): ExchangeService
  /** The model that is configured now. */
  model(): string | undefined
  readonly logger: Logger
}

/** The configured model as the search of tools asks it: through the gateway's own exchange. */
export function createToolEmbedding({ exchanges, model: configured, logger }: ToolEmbeddingDeps): () => ToolEmbedding | undefined {
  return () => {
    const model = configured()
    if (model === undefined) return undefined
    const embed: ToolEmbedding['embed'] = (texts, signal) =>
      embedTexts((request, client) => exchanges().run(request, client), { principal: PRINCIPAL, surface: 'tool-search', requestId: `req_${randomUUID().replaceAll('-', '')}`, model, texts, logger, signal })
    return { model, embed }
  }
}
