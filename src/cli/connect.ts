import type { CommandContext, CommonFlags } from './context.ts'
import { findGateway } from './gateway-address.ts'
import { createGatewayClient, type GatewayClient } from './gateway-client.ts'

/** A client for the gateway that the flags, the environment or the configuration name. */
export async function connectToGateway(context: CommandContext, flags: CommonFlags): Promise<GatewayClient> {
  return createGatewayClient({
    address: await findGateway(context, flags),
    signal: context.signal,
    startHint: `Start one with \`${context.invocation} serve\`, or name another with \`--url\`.`,
  })
}
