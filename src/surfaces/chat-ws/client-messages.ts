import { z } from 'zod'
import type { JsonObject } from '../../lib/json.ts'

/** Given back with what answers the message, and with its errors. */
const requestId = z.string().max(200).exactOptional().describe('Given back with the answer to this message, and with its errors.')
const id = z.string().min(1).max(200)
const name = z.string().min(1).max(200)
const parameters = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject)

const attachment = z.union([
  z.strictObject({ name: name.exactOptional(), url: z.string().regex(/^data:/).describe('A data URL: an image, a PDF, a sound or a text.') }),
  z.strictObject({ resource: z.string().min(1).max(4096).describe('The address of a resource of an MCP server.') }),
])

const settings = {
  model: z.string().min(1).max(500).nullable().exactOptional().describe('A public model; null for the one of the configuration.'),
  system_prompt: z.string().exactOptional().describe('Empty for the one of the configuration.'),
  tools: z.string().max(2000).nullable().exactOptional().describe('Presets and MCP servers with commas between them; empty for none, null for those of the configuration.'),
  max_tool_hops: z.int().min(1).nullable().exactOptional().describe('Rounds of tool calls; never more than the gateway allows.'),
  parameters: parameters.exactOptional().describe('Any parameters of the provider, such as `temperature`; they replace those before.'),
  streaming: z.boolean().exactOptional().describe('Whether answers are told as they come.'),
}

export const clientMessages = {
  user_message: z.strictObject({
    type: z.literal('user_message'),
    request_id: requestId,
    content: z.string().describe('What the user says. `/prompt <server>/<name> {arguments}` uses a prompt of an MCP server.'),
    attachments: z.array(attachment).max(32).exactOptional(),
  }),
  cancel: z.strictObject({ type: z.literal('cancel'), request_id: requestId }),
  clear_history: z.strictObject({ type: z.literal('clear_history'), request_id: requestId }),
  set_config: z.strictObject({ type: z.literal('set_config'), request_id: requestId, ...settings }),
  new_session: z.strictObject({ type: z.literal('new_session'), request_id: requestId, ...settings }),
  resume: z.strictObject({
    type: z.literal('resume'),
    request_id: requestId,
    session_id: id,
    after: z.int().min(0).exactOptional().describe('The last `seq` that was seen: what came behind it is told again.'),
  }),
  load_session: z.strictObject({ type: z.literal('load_session'), request_id: requestId, session_id: id }),
  save_session: z.strictObject({ type: z.literal('save_session'), request_id: requestId, name: name.exactOptional().describe('The title without it.') }),
  list_sessions: z.strictObject({ type: z.literal('list_sessions'), request_id: requestId, saved: z.boolean().exactOptional().describe('Only saved ones.'), favourite: z.boolean().exactOptional().describe('Only favourites.') }),
  rename_session: z.strictObject({ type: z.literal('rename_session'), request_id: requestId, session_id: id.exactOptional().describe('The open one without it.'), name }),
  delete_session: z.strictObject({ type: z.literal('delete_session'), request_id: requestId, session_id: id }),
  approval_response: z.strictObject({ type: z.literal('approval_response'), request_id: requestId, id, approved: z.boolean(), reason: z.string().max(2000).exactOptional() }),
  elicitation_response: z.strictObject({
    type: z.literal('elicitation_response'),
    request_id: requestId,
    id,
    action: z.enum(['accept', 'decline', 'cancel']),
    content: z.record(z.string(), z.unknown()).exactOptional(),
  }),
}

const { user_message, cancel, clear_history, set_config, new_session, resume, load_session, save_session, list_sessions, rename_session, delete_session, approval_response, elicitation_response } = clientMessages

export const clientMessage = z.discriminatedUnion('type', [
  user_message, cancel, clear_history, set_config, new_session, resume, load_session, save_session, list_sessions, rename_session, delete_session, approval_response, elicitation_response,
])

export type ClientMessage = z.output<typeof clientMessage>
