import { randomUUID } from 'node:crypto'
import { askModel } from '../core/exchange/index.ts'
import type { Principal } from '../core/identity/index.ts'
import type { ModelDirectory } from '../core/routing/index.ts'
import type { Runs } from '../core/runs/index.ts'
import { GatewayError } from '../domain/errors.ts'
import type { PrincipalId } from '../domain/ids.ts'
import type { Logger } from '../telemetry/index.ts'
import type { RunTask } from '../upstreams/mcp/index.ts'

/** Tasks of the workspace are on one account; the model's name says which tools they have, as `smart+tools:files`. */
const PRINCIPAL: Principal = { id: 'mcp:workspace' as PrincipalId, via: { kind: 'local' }, scopes: new Set(['models:use', 'tools:use']) }

export interface RunTaskDeps {
  runs(): Runs
  readonly directory: ModelDirectory
  readonly logger: Logger
}

/** A run of its own for a task that a tool was given. */
export function createRunTask({ runs, directory, logger }: RunTaskDeps): RunTask {
  return async ({ prompt, model: wanted, maxHops, signal }) => {
    const model = wanted ?? (await directory.list(signal))[0]?.name
    if (model === undefined) throw new GatewayError('unknown_model', 'No model is configured.')
    const body = { model, messages: [{ role: 'user', content: prompt }] }
    const question = { principal: PRINCIPAL, surface: 'mcp-workspace', requestId: `req_${randomUUID().replaceAll('-', '')}`, body, logger, signal }
    const answer = await askModel((request, client) => runs().run(request, client, { maxHops }), question)
    return answer.blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')
  }
}
