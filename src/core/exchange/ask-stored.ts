import { GatewayError } from '../../domain/errors.ts'
import type { LlmUpstream, SentRequest } from '../../upstreams/llm/index.ts'
import type { ExchangeClient, StoredQuestion } from './exchange.ts'

/** Hands on what the provider answers, as it comes; nothing was generated and nothing is recorded. */
export function askStored(question: StoredQuestion, upstream: LlmUpstream | undefined, client: ExchangeClient): Promise<number> {
  const { provider, model, dialect, stored, headers, signal } = question
  if (!upstream) return Promise.reject(new GatewayError('upstream_unavailable', `Provider \`${provider}\`, which has stored this, is not enabled.`, { details: { attempts: 0 } }))
  return new Promise((resolve, reject) => {
    let status = 0
    let sent: SentRequest | undefined
    const isOurs = (): boolean => status === 401 || status === 403
    sent = upstream.send(
      { dialect, operation: 'stored', stored, model, stream: false, headers, body: [], signal },
      {
        head(answered, received) {
          status = answered
          // It is about the gateway's own credential, which is none of the client's business.
          if (isOurs()) return
          client.head(answered, { ...received, 'x-trunkline-plan': 'pass-through', 'x-trunkline-target': encodeURI(`${provider}/${model}`) })
        },
        chunk(bytes) {
          sent?.contentStarted()
          if (isOurs()) return true
          if (client.chunk(bytes)) return true
          client.onceDrained(() => sent?.resume())
          return false
        },
        end() {
          if (isOurs()) return reject(new GatewayError('upstream_rejected', `Provider \`${provider}\` refused the gateway’s credential (${status}).`))
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
