import type { ProviderDefinition } from '../../domain/provider.ts'
import type { ModelSwitches, Route, RouteRule } from '../../domain/route.ts'

/** What the configuration says about models. It is replaced as a whole. */
export interface ModelSettings {
  /** Public models by their names. */
  readonly routes: ReadonlyMap<string, Route>
  /** Rules for other names, in the order of the document. */
  readonly rules: readonly RouteRule[]
  /** Every configured provider, also one that is switched off. */
  readonly providers: readonly Pick<ProviderDefinition, 'id' | 'kind' | 'enabled' | 'disabledReason'>[]
  readonly switches: ModelSwitches
}
