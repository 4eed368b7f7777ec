import { createProviderSimulator, type ProviderSimulator } from '../../../sim/index.ts'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import { startModelGateway, type ModelGateway, type ModelGatewayOptions } from '../../support/model-gateway.ts'
import { CLIENTS } from './clients.ts'
import type { Place } from './conversation.ts'
import { PROVIDERS, type Provider, type ServerRoots } from './providers.ts'
import type { SdkClient } from './sdk-client.ts'

export interface Pair {
  readonly client: SdkClient
  readonly provider: Provider
  readonly name: string
  readonly isNative: boolean
}

export const PAIRS: readonly Pair[] = CLIENTS.flatMap((client) => PROVIDERS.map((provider) => ({ client, provider, name: `${client.name} over ${provider.name}`, isNative: client.dialect === provider.dialect })))

/** Every pair, whole and streamed. */
export const STREAMED_PAIRS: readonly (Pair & { readonly stream: boolean })[] = PAIRS.flatMap((pair) => [true, false].map((stream) => ({ ...pair, stream, name: `${pair.name}, ${stream ? 'streamed' : 'whole'}` })))

const publicModel = ({ client, provider }: Pick<Pair, 'client' | 'provider'>): string => `${client.model}-over-${provider.name}`

/** A gateway with a public model for every pair, named as the client expects it, in front of one server. */
export async function startPairs(server: ServerRoots, more: Partial<ModelGatewayOptions> = {}): Promise<{ readonly gateway: ModelGateway; placeOf(pair: Pair): Place }> {
  const fallbacks = Object.fromEntries(PAIRS.map((pair): [string, [string]] => [publicModel(pair), [`${pair.provider.name}/${pair.provider.model}`]]))
  const gateway = await startModelGateway({ providers: PROVIDERS.map((provider) => provider.define(server)), fallbacks, settings: { maxAttempts: 1 }, ...more })
  return { gateway, placeOf: (pair) => ({ origin: new URL(gateway.url).origin, model: publicModel(pair) }) }
}

/** The gateway of a test file, with the simulator behind it. */
export interface Stage extends AsyncDisposable {
  readonly sim: ProviderSimulator
  readonly gateway: ModelGateway
  placeOf(pair: Pair): Place
  /** The body of what reached the provider, counted since the last reset. */
  sent(index: number): JsonObject
}

export async function startStage(more: Partial<ModelGatewayOptions> = {}): Promise<Stage> {
  const sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  const { gateway, placeOf } = await startPairs(sim, more)
  return {
    sim,
    gateway,
    placeOf,
    sent(index) {
      const body: unknown = JSON.parse(sim.requests[index]?.body.toString() ?? 'null')
      if (!isJsonObject(body)) throw new Error(`The provider got no request ${index}.`)
      return body
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await sim.close()
    },
  }
}
