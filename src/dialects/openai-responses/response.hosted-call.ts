import type { JsonObject } from '../../lib/json.ts'
import type { HostedCall, HostedToolList } from '../canonical/hosted-call.ts'

/**
 * The item of a call that the gateway makes, or wants approval for.
 * @see https://platform.openai.com/docs/guides/tools-connectors-mcp
 */
export function writeHostedCall({ id, server, name, argumentsText, result, needsApproval, approvedBy }: HostedCall): JsonObject {
  const call = { server_label: server, name, arguments: argumentsText.trim() === '' ? '{}' : argumentsText }
  if (needsApproval === true) return { id: `mcpr_${id}`, type: 'mcp_approval_request', ...call }
  const status = result === undefined ? 'in_progress' : result.isError ? 'failed' : 'completed'
  return {
    id: `mcp_${id}`,
    type: 'mcp_call',
    status,
    approval_request_id: approvedBy ?? null,
    ...call,
    output: result === undefined || result.isError ? null : result.text,
    error: result?.isError === true ? { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: result.text }] } : null,
  }
}

/** `{"id":"mcpl_tl_1","type":"mcp_list_tools","server_label":"docs","tools":[…]}` */
export function writeToolList({ id, server, tools }: HostedToolList): JsonObject {
  return {
    id: `mcpl_${id}`,
    type: 'mcp_list_tools',
    server_label: server,
    tools: tools.map(({ name, description, inputSchema, annotations }) => ({ name, description: description ?? null, input_schema: inputSchema, annotations: annotations ?? null })),
  }
}
