import type { ProviderDefinition, ProviderKind } from '../../domain/provider.ts'
import type { CheckResult } from './check-result.ts'

/** Most of these are run by the user, and ask for none. */
const WITHOUT_KEY: ReadonlySet<ProviderKind> = new Set(['ollama', 'openai-compatible', 'anthropic-compatible'])

function checkProvider({ id, kind, baseUrl, apiKey, headers, enabled, disabledReason }: ProviderDefinition): CheckResult {
  const name = `provider ${id}`
  if (!enabled) return { id: name, status: 'warning', evidence: disabledReason ?? 'switched off in the configuration', fix: disabledReason === undefined ? 'Set `enabled: true` to use it.' : 'Give the missing value.' }
  if (kind === 'demo') return { id: name, status: 'ok', evidence: 'the offline demo' }
  const hasKey = apiKey !== undefined || Object.keys(headers).some((header) => /^(authorization|x-api-key|api-key)$/i.test(header))
  if (hasKey) return { id: name, status: 'ok', evidence: `a key for ${baseUrl} is set` }
  if (WITHOUT_KEY.has(kind)) return { id: name, status: 'ok', evidence: `${baseUrl}, without a key` }
  return { id: name, status: 'problem', evidence: `no key for ${baseUrl}`, fix: `Set \`providers.${id}.apiKey\`, for example to \`\${${kind.toUpperCase()}_API_KEY}\`.` }
}

/** Whether each provider has the credential it will need. Nobody is asked. */
export function checkProviders(providers: readonly ProviderDefinition[]): readonly CheckResult[] {
  return providers.map(checkProvider)
}
