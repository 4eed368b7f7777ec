import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { ProviderKind } from '../../domain/provider.ts'
import type { LlmUpstream, SentRequest } from '../../upstreams/llm/index.ts'
import type { ExchangeClient, KeptQuestion } from './exchange.ts'

/** Who else speaks the protocol that a vendor keeps things in, and may have it; only asked when named. */
const RELATIVES: Readonly<Record<KeptQuestion['vendor'], readonly ProviderKind[]>> = {
  anthropic: ['anthropic', 'anthropic-compatible', 'minimax'],
  openai: ['openai', 'openai-compatible', 'openrouter', 'glm', 'groq', 'deepseek', 'mistral'],
}

const list = (upstreams: readonly LlmUpstream[]): string => upstreams.map(({ id }) => `\`${id}\``).join(', ')

/** The provider that has what is asked about. Throws `not_found`, or `invalid_request` for the client to say which it means. */
export function findKeeper({ vendor, provider }: Pick<KeptQuestion, 'vendor' | 'provider'>, upstreams: ReadonlyMap<ProviderId, LlmUpstream>): LlmUpstream {
  const all = [...upstreams.values()]
  const own = all.filter(({ kind }) => kind === vendor)
  if (provider !== undefined) {
    const named = all.find(({ id, kind }) => id === provider && RELATIVES[vendor].includes(kind))
    if (named) return named
    throw new GatewayError('invalid_request', `Expected the header \`x-trunkline-provider\` to name an enabled provider of ${vendor}’s dialects, got \`${provider.slice(0, 80)}\`.`)
  }
  const [only, ...others] = own
  if (!only) throw new GatewayError('not_found', `No provider of kind \`${vendor}\` is enabled; nobody keeps batches, files and skills here.`)
  if (others.length > 0) throw new GatewayError('invalid_request', `Several providers of kind \`${vendor}\` are enabled (${list(own)}). Say which one is meant with the header \`x-trunkline-provider\`.`)
  return only
}

/** Hands the request to the provider and its answer, whatever it is, to the client. Nothing is generated here and nothing is recorded. */
export function forward({ method, path, headers, body, signal }: KeptQuestion, upstream: LlmUpstream, client: ExchangeClient): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0
    let sent: SentRequest | undefined
    // It is about the gateway's own credential, which is none of the client's business.
    const isOurs = (): boolean => status === 401 || status === 403
    sent = upstream.forward(
      { method, path, headers, body, signal },
      {
        head(answered, received) {
          status = answered
          sent?.contentStarted()
          if (!isOurs()) client.head(answered, { ...received, 'x-trunkline-plan': 'pass-through', 'x-trunkline-target': encodeURI(upstream.id) })
        },
        chunk(bytes) {
          if (isOurs() || client.chunk(bytes)) return true
          client.onceDrained(() => sent?.resume())
          return false
        },
        end() {
          if (isOurs()) return reject(new GatewayError('upstream_rejected', `Provider \`${upstream.id}\` refused the gateway’s credential (${status}).`))
          client.end()
          resolve(status)
        },
        fail(error) {
          if (status === 0 || isOurs()) return reject(error)
          client.fail(error)
          resolve(status)
        },
      },
    )
  })
}
