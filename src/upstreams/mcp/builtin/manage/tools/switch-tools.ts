import { z } from 'zod'
import { GatewayError } from '../../../../../domain/errors.ts'
import { ADDS, defineTool, REPLACES } from '../define-tool.ts'
import { findChangeable } from '../find-server.ts'
import { stateOf } from '../show-server.ts'
import { OUTCOME_OUTPUT, tellOutcome } from '../tell-outcome.ts'
import { serverId } from './connection-input.ts'
import { tellWritten } from './install.ts'

export const enable = defineTool(
  {
    name: 'enable',
    title: 'Switch a server on',
    description: 'Starts an MCP server that is switched off; its tools are there for everybody.',
    input: { server: serverId },
    output: { server: z.looseObject({ server: z.string() }).optional(), ...OUTCOME_OUTPUT },
    annotations: ADDS,
  },
  async ({ server }, call) => {
    const { disabledReason } = findChangeable(call.port, server)
    if (disabledReason !== undefined) throw new GatewayError('invalid_request', `\`${server}\` cannot be switched on: ${disabledReason}`)
    return tellWritten(server, await call.port.apply({ kind: 'server', server, isEnabled: true }), `\`${server}\` is switched on.`, call)
  },
)

export const disable = defineTool(
  {
    name: 'disable',
    title: 'Switch a server off',
    description: 'Stops an MCP server; its tools are gone for everybody until `enable`.',
    input: { server: serverId },
    output: { server: z.string(), ...OUTCOME_OUTPUT },
    annotations: REPLACES,
  },
  async ({ server }, { port }) => {
    findChangeable(port, server)
    return tellOutcome(await port.apply({ kind: 'server', server, isEnabled: false }), `\`${server}\` is switched off.`, { server })
  },
)

export const restart = defineTool(
  {
    name: 'restart',
    title: 'Restart a server',
    description: 'Ends an MCP server and starts it anew. Its running calls fail.',
    input: { server: serverId },
    output: { server: z.string(), state: z.string() },
    annotations: { ...REPLACES, idempotentHint: false },
  },
  async ({ server }, { port }) => {
    const { isEnabled } = findChangeable(port, server)
    if (!isEnabled) throw new GatewayError('invalid_request', `\`${server}\` is switched off; \`enable\` starts it.`)
    if (!port.restart(server)) throw new GatewayError('unknown_server', `\`${server}\` does not run: it starts when a client first asks for it.`)
    await port.contacted(server)
    const state = stateOf(findChangeable(port, server))
    return { text: `\`${server}\` was restarted and is ${state}.`, structured: { server, state } }
  },
)

export const reload = defineTool(
  {
    name: 'reload',
    title: 'Reload the configuration',
    description: 'Reads the configuration document again and applies what changed. A document with a mistake changes nothing.',
    input: {},
    output: OUTCOME_OUTPUT,
    annotations: REPLACES,
  },
  async (_given, { port }) => {
    const outcome = await port.reload()
    const { added, changed, removed } = outcome
    const parts = Object.entries({ added, changed, removed }).flatMap(([what, names]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`]))
    return tellOutcome(outcome, parts.length === 0 ? 'Nothing has changed.' : `The configuration was reloaded (${parts.join('; ')}).`)
  },
)
