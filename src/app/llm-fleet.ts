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
  /** Those of these definitions that are enabled, in their order. */
  enabled(definitions: readonly ProviderDefinition[]): ReadonlyMap<ProviderId, LlmUpstream>
}

export function createLlmFleet(deps: { readonly logger: Logger }): LlmFleet {
  const set = createEntitySet<ProviderDefinition, LlmUpstream>({
    create: (definition) => createLlmUpstream(definition, deps),
    async retire(upstream, why) {
      if (why === 'replaced') await Promise.race([upstream.retire(), sleep(RETIRE_MS, undefined, { ref: false })])
      await upstream[Symbol.asyncDispose]()
    },
  })
  return {
    get entities() {
      return set.entities
    },
    apply: (definitions) => set.apply(definitions),
    enabled(definitions) {
      const pairs = definitions.flatMap(({ id, enabled }) => {
        const upstream = set.entities.get(id)
        return enabled && upstream ? [[id, upstream] as const] : []
      })
      return new Map(pairs)
    },
    [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
  }
}
