import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { HostedCall } from '../canonical/hosted-call.ts'

function readInput(text: string): JsonObject {
  try {
    const value: unknown = parseExact(text)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

/**
 * The block of a call that the gateway makes.
 * @see https://platform.claude.com/docs/en/agents-and-tools/mcp-connector
 */
export function writeHostedUse({ id, server, name, argumentsText }: HostedCall): JsonObject {
  return { type: 'mcp_tool_use', id: `mcptoolu_${id}`, name, server_name: server, input: readInput(argumentsText) }
}

export function writeHostedResult({ id }: HostedCall, { text, isError }: NonNullable<HostedCall['result']>): JsonObject {
  return { type: 'mcp_tool_result', tool_use_id: `mcptoolu_${id}`, is_error: isError, content: [{ type: 'text', text }] }
}
