import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { SamplingPolicy } from '../../domain/sampling-policy.ts'
import { editMembers, EMPTY_OBJECT, type JsonText } from '../../lib/json-text.ts'
import type { McpCall, McpUpstream } from '../../upstreams/mcp/index.ts'
import type { Sampling } from '../sampling/index.ts'
import type { CallRequest } from './call-request.ts'

type Ask = NonNullable<CallRequest['onServerRequest']>

export interface SampledCall {
  readonly request: CallRequest
  readonly upstream: McpUpstream
}

const cannot = (thrown: unknown): boolean => thrown instanceof RpcError && thrown.code === RPC.methodNotFound

/** The client of the call comes first; where it cannot, the gateway's own models answer. */
export function answerSampling({ request, upstream }: SampledCall, server: string, policy: SamplingPolicy | undefined, sampling: Sampling | undefined): SampledCall {
  if (!policy || !sampling) return { request, upstream }
  const { principal, logger, signal } = request
  const withModels = (ask: Ask | undefined): Ask => async (method, params) => {
    try {
      if (ask) return await ask(method, params)
    } catch (thrown) {
      if (method !== 'sampling/createMessage' || !cannot(thrown)) throw thrown
    }
    if (method !== 'sampling/createMessage') throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
    return sampling.answer({ server, policy, params, principal, logger, signal, askCaller: ask })
  }
  const call = (asked: McpCall): Promise<JsonText> => upstream.call({ ...asked, onServerRequest: withModels(asked.onServerRequest) })
  return {
    request: { ...request, onServerRequest: withModels(request.onServerRequest), clientCapabilities: editMembers(request.clientCapabilities ?? EMPTY_OBJECT, { sampling: EMPTY_OBJECT }) },
    // A view of the same upstream: its state is read through.
    upstream: Object.create(upstream, { call: { value: call } }) as McpUpstream,
  }
}
