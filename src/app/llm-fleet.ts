import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderId } from '../domain/ids.ts'
import type { ProviderDefinition } from '../domain/provider.ts'
import type { Logger } from '../telemetry/index.ts'
import { createLlmUpstream, type LlmUpstream } from '../upstreams/llm/index.ts'
import { createEntitySet, type EntitySet } from './entity-set.ts'

/** How long answers of a provider that was replaced may still run. */
const RETIRE_MS = 30_000

/** The providers of the document. */
export interface LlmFleet extends EntitySet<ProviderDefinition, LlmUpstream> {
  /** In the order of the document; one map until the next document. */
  enabled(): ReadonlyMap<ProviderId, LlmUpstream>
}

export function createLlmFleet(deps: { readonly logger: Logger }): LlmFleet {
  const set = createEntitySet<ProviderDefinition, LlmUpstream>({
    create: (definition) => createLlmUpstream(definition, deps),
    async retire(upstream, why) {
      if (why === 'replaced') await Promise.race([upstream.retire(), sleep(RETIRE_MS, undefined, { ref: false })])
      await upstream[Symbol.asyncDispose]()
    },
  })
  let enabled: ReadonlyMap<ProviderId, LlmUpstream> = new Map()
  return {
    get entities() {
      return set.entities
    },
    apply(definitions) {
      const changes = set.apply(definitions)
      const pairs = definitions.flatMap(({ id, enabled: isEnabled }) => {
        const upstream = set.entities.get(id)
        return isEnabled && upstream ? [[id, upstream] as const] : []
      })
      enabled = new Map(pairs)
      return changes
    },
    enabled: () => enabled,
    [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
  }
}
