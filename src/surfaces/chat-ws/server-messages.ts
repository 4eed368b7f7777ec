import { z } from 'zod'
import { CHAT_ERRORS } from './chat-error.ts'

const seq = z.int().min(0).describe('The place of this event in its conversation. Places grow, and may have gaps; `resume` begins behind one.')
const requestId = z.string().exactOptional().describe('Of the message that this answers.')
const time = z.iso.datetime()
const count = z.int().min(0)

const session = z.strictObject({
  id: z.string(),
  title: z.string(),
  model: z.string().nullable(),
  system_prompt: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  tools: z.string().nullable(),
  max_tool_hops: z.int().nullable(),
  streaming: z.boolean(),
  favourite: z.boolean(),
  saved_as: z.string().nullable(),
  saved_at: time.nullable(),
  created_at: time,
  updated_at: time,
})

const step = z.strictObject({
  call_id: z.string(),
  server: z.string(),
  tool: z.string(),
  arguments: z.string().describe('JSON text as the model wrote it.'),
  result: z.string().exactOptional(),
  is_error: z.boolean().exactOptional(),
  duration_ms: count.exactOptional(),
})

const usage = z.strictObject({ input_tokens: count, output_tokens: count, cache_read_tokens: count, cache_write_tokens: count, reasoning_tokens: count })

const userShape = {
  id: z.int().min(1).describe('Grows within the conversation.'),
  role: z.literal('user'),
  state: z.literal('complete'),
  content: z.string(),
  attachments: z.array(z.strictObject({ name: z.string(), type: z.string(), bytes: count })),
  created_at: time,
}
const assistantShape = {
  id: z.int().min(1),
  role: z.literal('assistant'),
  state: z.enum(['complete', 'streaming', 'interrupted']),
  content: z.string(),
  thinking: z.string(),
  steps: z.array(step),
  model: z.string().nullable(),
  usage: usage.nullable(),
  finish_reason: z.string().nullable().describe('The word of Chat Completions, or `cancelled` or `error`.'),
  created_at: time,
}
const message = z.discriminatedUnion('role', [z.strictObject(userShape), z.strictObject(assistantShape)])

const opened = {
  seq,
  request_id: requestId,
  session,
  running: z.boolean().describe('Whether an answer is coming.'),
  resumed: z.boolean().describe('True: nothing was missed but what follows now. False: `messages` is all there is.'),
  messages: z.array(message).exactOptional(),
}

const asked = { seq, id: z.string().describe('Good for one response.'), call_id: z.string(), server: z.string(), tool: z.string(), expires_at: time }

export const serverMessages = {
  session_ready: z.strictObject({ type: z.literal('session_ready'), ...opened }),
  session_loaded: z.strictObject({ type: z.literal('session_loaded'), ...opened }),
  user_message: z.strictObject({ type: z.literal('user_message'), seq, request_id: requestId, ...userShape }),
  assistant_delta: z.strictObject({ type: z.literal('assistant_delta'), seq, id: z.int().min(1), content: z.string().exactOptional(), thinking: z.string().exactOptional() }),
  assistant_message: z.strictObject({ type: z.literal('assistant_message'), seq, ...assistantShape }),
  tool_execution: z.strictObject({
    type: z.literal('tool_execution'),
    seq,
    status: z.enum(['start', 'progress', 'result']),
    call_id: z.string(),
    server: z.string(),
    tool: z.string(),
    arguments: z.string().exactOptional(),
    progress: z.record(z.string(), z.unknown()).exactOptional().describe('What the server said about its progress.'),
    result: z.string().exactOptional(),
    is_error: z.boolean().exactOptional(),
    duration_ms: count.exactOptional(),
  }),
  approval_request: z.strictObject({ type: z.literal('approval_request'), ...asked, arguments: z.string(), destructive: z.boolean() }),
  elicitation: z.strictObject({ type: z.literal('elicitation'), ...asked, params: z.record(z.string(), z.unknown()).describe('As the MCP server sent them.') }),
  question_closed: z.strictObject({ type: z.literal('question_closed'), seq, id: z.string() }),
  session_cleared: z.strictObject({ type: z.literal('session_cleared'), seq }),
  session_changed: z.strictObject({ type: z.literal('session_changed'), seq, session }),
  session_saved: z.strictObject({ type: z.literal('session_saved'), request_id: requestId, session }),
  session_renamed: z.strictObject({ type: z.literal('session_renamed'), request_id: requestId, session }),
  session_list: z.strictObject({ type: z.literal('session_list'), request_id: requestId, sessions: z.array(session) }),
  session_deleted: z.strictObject({ type: z.literal('session_deleted'), request_id: requestId, session_id: z.string() }),
  error: z.strictObject({
    type: z.literal('error'),
    seq: seq.exactOptional(),
    request_id: requestId,
    code: z.enum(CHAT_ERRORS),
    message: z.string(),
    retry_after_ms: count.exactOptional(),
  }),
}

const { session_ready, session_loaded, user_message, assistant_delta, assistant_message, tool_execution, approval_request, elicitation, question_closed } = serverMessages
const { session_cleared, session_changed, session_saved, session_renamed, session_list, session_deleted, error } = serverMessages

export const serverMessage = z.discriminatedUnion('type', [
  session_ready, session_loaded, user_message, assistant_delta, assistant_message, tool_execution, approval_request, elicitation, question_closed,
  session_cleared, session_changed, session_saved, session_renamed, session_list, session_deleted, error,
])

export type ServerMessage = z.output<typeof serverMessage>
