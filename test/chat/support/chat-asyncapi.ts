import { stringify } from 'yaml'
import { z } from 'zod'
import { clientMessages, serverMessages } from '../../../src/surfaces/chat-ws/index.ts'

const SUMMARIES: Readonly<Record<string, string>> = {
  user_message: 'Something that the user says; the model answers it.',
  cancel: 'Ends the running answer. What there is of it stays.',
  clear_history: 'Forgets what was said in the open conversation; a running answer is cancelled.',
  set_config: 'Changes how the open conversation is led, from the next answer on.',
  new_session: 'Opens a new conversation.',
  resume: 'Opens a conversation behind the last event that was seen.',
  load_session: 'Opens a conversation with all that was said in it.',
  save_session: 'Keeps the open conversation under a name.',
  list_sessions: 'Asks for the conversations that are kept.',
  rename_session: 'Gives a conversation another title.',
  delete_session: 'Removes a conversation.',
  approval_response: 'The word of a person on a tool call.',
  elicitation_response: 'The answer of a person to what an MCP server asks.',
  session_ready: 'A conversation is open: the first message of a connection, and the answer to `resume` and `new_session`.',
  session_loaded: 'The answer to `load_session`.',
  assistant_delta: 'A piece of the text, or of the thoughts, of the running answer.',
  assistant_message: 'The end of an answer, and all of it.',
  tool_execution: 'A tool call of the running answer.',
  approval_request: 'A tool call waits for the word of a person.',
  elicitation: 'An MCP server asks a person for something.',
  question_closed: 'A question was answered, by whichever tab, or its time is over.',
  session_cleared: 'What was said is forgotten.',
  session_changed: 'The conversation is led otherwise, or named otherwise.',
  session_saved: 'The answer to `save_session`.',
  session_renamed: 'The answer to `rename_session`.',
  session_list: 'The answer to `list_sessions`.',
  session_deleted: 'A conversation was removed.',
  error: 'Something failed. The connection stays.',
}

type Messages = Readonly<Record<string, z.ZodType>>

function payloads(messages: Messages, prefix: string, io: 'input' | 'output'): Record<string, object> {
  return Object.fromEntries(
    Object.entries(messages).map(([name, schema]) => {
      const { $schema: _dialect, ...payload } = z.toJSONSchema(schema, { io })
      return [`${prefix}_${name}`, { name, summary: SUMMARIES[name], contentType: 'application/json', payload }]
    }),
  )
}

const references = (messages: Messages, prefix: string): Record<string, object> => Object.fromEntries(Object.keys(messages).map((name) => [`${prefix}_${name}`, { $ref: `#/components/messages/${prefix}_${name}` }]))
const listed = (messages: Messages, prefix: string): object[] => Object.keys(messages).map((name) => ({ $ref: `#/channels/chat/messages/${prefix}_${name}` }))

/** The AsyncAPI document of `/ws/chat`, from the schemas that the surface reads and writes by. */
export function chatAsyncapi(): { readonly document: object; readonly text: string } {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Trunkline chat',
      version: '1',
      description: 'Conversations with models over WebSocket. Messages are JSON objects in text frames. See chat.md for what they mean together.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { gateway: { host: '127.0.0.1:4747', protocol: 'ws', security: [{ $ref: '#/components/securitySchemes/key' }] } },
    channels: {
      chat: {
        address: '/ws/chat',
        servers: [{ $ref: '#/servers/gateway' }],
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              properties: {
                session: { type: 'string', description: 'The conversation to open; a new one without it.' },
                after: { type: 'integer', description: 'The last `seq` that was seen: what came behind it is told again.' },
              },
            },
            bindingVersion: '0.1.0',
          },
        },
        messages: { ...references(clientMessages, 'client'), ...references(serverMessages, 'server') },
      },
    },
    operations: {
      fromClient: { action: 'receive', channel: { $ref: '#/channels/chat' }, messages: listed(clientMessages, 'client') },
      toClient: { action: 'send', channel: { $ref: '#/channels/chat' }, messages: listed(serverMessages, 'server') },
    },
    components: {
      messages: { ...payloads(clientMessages, 'client', 'input'), ...payloads(serverMessages, 'server', 'output') },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of the gateway as `Authorization: Bearer`, or, in browsers, as the protocol `trunkline.key.<base64url of the key>` beside `trunkline.chat.v1`.' },
      },
    },
  }
  return { document, text: stringify(document, { lineWidth: 160, aliasDuplicateObjects: false }) }
}
