import { z } from 'zod'
import { PINNING_MODES } from '../domain/server-settings.ts'
import { manageSchema } from './manage-schema.ts'
import { originSchema } from './origin-schema.ts'
import { byteSize, duration, EXPECTED, flag, headers, httpUrl, oneOf, processText, text, textList, wholeNumber } from './schema-terms.ts'
import { toolEntrySchema } from './tool-entry-schema.ts'
import { workspaceSchema } from './workspace-schema.ts'

const timeouts = z.strictObject({
  connect: duration().default(30_000).describe('From start to a finished handshake.'),
  call: duration().default(60_000).describe('One call without progress; progress starts it anew.'),
  list: duration().default(10_000).describe('One list request.'),
})

const ISOLATIONS = ['shared', 'per-user', 'per-session'] as const

const ROOT = 'a `file://` address, an absolute path, or one of them as `uri` with a `name`'
const place = text(ROOT).regex(/^(?:file:\/\/|\/|[A-Za-z]:[\\/]|\{\{)/, { error: `${EXPECTED}${ROOT}` })
const root = z.union([place, z.strictObject({ uri: place, name: text('a name').optional() })], { error: `${EXPECTED}${ROOT}` })

const limits = z.strictObject({
  messageBytes: byteSize(1024).default(32 * 1024 * 1024).describe('Longest message accepted from the server.'),
  concurrency: wholeNumber(1, 100_000, 'a whole number of 1 or more').optional().describe('Calls of this server at one time; any number without it.'),
  queue: wholeNumber(0, 1_000_000, 'a whole number of 0 or more').default(100).describe('Calls that may wait for their turn when `concurrency` is reached.'),
  queueTimeout: duration(1).default(30_000).describe('Longest that a call waits for its turn.'),
  resultBytes: byteSize(256).optional().describe('Longest result that a client gets; a longer one becomes a tool’s error that says so.'),
})

const samplingSchema = z.strictObject({
  model: text('a public model').optional().describe('The model that answers; without it the server’s hints choose.'),
  maxTokens: wholeNumber(1, 1_000_000, 'a whole number of 1 or more').default(1024).describe('Longest answer.'),
  requestsPerMinute: wholeNumber(1, 100_000, 'a whole number of 1 or more').default(10),
  tokensPerHour: wholeNumber(1, 1_000_000_000, 'a whole number of 1 or more').default(100_000).describe('Input and output together.'),
  consent: oneOf(['ask', 'always']).default('ask').describe('`ask`: whoever made the call is asked each time; where nobody can be asked, the server is refused.'),
}).transform((policy) => ({ ...policy, model: policy.model }))

const fields = z.strictObject({
  type: oneOf(['stdio', 'http', 'streamable-http', 'streamableHttp', 'streamable_http', 'sse', 'openapi']).optional(),
  command: text('a program').optional().describe('Program to start; it speaks MCP on stdin and stdout.'),
  args: z.array(processText, { error: `${EXPECTED}a list of texts` }).optional(),
  env: z.record(z.string(), processText, { error: `${EXPECTED}a map of texts` }).optional().describe('Variables for the program. It inherits none but PATH, HOME, LANG and the like.'),
  inheritEnv: textList.optional().describe('Names of the gateway’s variables that the program may see.'),
  cwd: text('a folder').optional(),
  url: httpUrl.optional().describe('Address of a remote server.'),
  headers: headers.optional(),
  spec: text('a file or an address').optional().describe('OpenAPI 3 document, as a file or an address: its operations become tools.'),
  baseUrl: httpUrl.optional().describe('Where the operations of `spec` are; else where the document says.'),
  auth: z.record(z.string(), text('a key, a token or `user:password`'), { error: `${EXPECTED}a map of security schemes to secrets` }).optional().describe('By security scheme of `spec`: key, token, or `user:password`.'),
  include: textList.optional().describe('Only these operations of `spec`; `*` stands for any text.'),
  exclude: textList.optional().describe('Not these operations of `spec`.'),
  builtin: oneOf(['demo', 'workspace', 'models', 'manage']).optional().describe('A server that is part of Trunkline.'),
  workspace: workspaceSchema.optional().describe('Settings of `builtin: workspace`.'),
  manage: manageSchema.optional().describe('Settings of `builtin: manage`.'),
  origin: originSchema.optional().describe('Where an installed server came from; it is written by Trunkline.'),
  era: oneOf(['auto', 'legacy', 'modern']).default('auto').describe('Protocol era; found out when `auto`. A server that serves both is spoken to in the era of each client; one that is started with `command` is started a second time for calls of legacy clients that it can ask something.'),
  enabled: flag().default(true),
  tags: textList.default([]),
  disabledTools: textList.optional().describe('Tools, by the server’s own names, that nobody may see or call.'),
  enabledTools: textList.optional().describe('The only tools that anybody may see or call.'),
  isolation: oneOf(ISOLATIONS).default('shared').describe('`shared`: one server for everybody. `per-user`: one for each principal. `per-session`: one for each MCP session, or each context of a client without sessions.'),
  maxInstances: wholeNumber(1, 100_000, 'a whole number of 1 or more').optional().describe('Instances of this server at one time, when it is not `shared`.'),
  idleTimeout: duration(1000).default(15 * 60_000).describe('An instance that was not used for so long ends; the next call starts it anew. So does the second connection of `era: auto` when its last session is gone.'),
  roots: z.array(root).optional().describe('Folders that a server of the older era is told of when it asks outside any call, or in a call of a client that has none.'),
  timeouts: timeouts.prefault({}),
  limits: limits.prefault({}),
  retries: wholeNumber(0, 10, 'a whole number from 0 to 10').default(0).describe('How often a call of a tool with `idempotentHint` or `readOnlyHint` is made again when the server breaks or is not there.'),
  tools: z.record(text(), toolEntrySchema, { error: `${EXPECTED}a map of tools to what is different about them` }).default({}).describe('By the server’s own names: another name or description, switched off, hidden. The schema stays as it is.'),
  instructions: z.union([z.literal(false), text()], { error: `${EXPECTED}a text, or \`false\`` }).optional().describe('What clients are told about this server, in the place of its own text; `false` for nothing.'),
  sampling: samplingSchema.optional().describe('Lets this server ask models of the gateway, where its client has none. Off without it.'),
  pinning: oneOf(PINNING_MODES).optional().describe('As `mcp.pinning`, for this server.'),
})

export type ServerEntry = z.output<typeof fields>

/** The members of a server’s entry, for entries that are more than that. */
export const serverFields = fields

const ONLY_WITH: readonly (readonly [readonly string[], readonly (keyof ServerEntry)[]])[] = [
  [['command'], ['args', 'env', 'inheritEnv', 'cwd']],
  [['url', 'spec'], ['headers']],
  [['spec'], ['baseUrl', 'auth', 'include', 'exclude']],
]

type Report = (message: string, path?: readonly string[]) => void

function checkManage({ builtin, manage }: ServerEntry, report: Report): void {
  if (manage && builtin !== 'manage') return report('`manage` belongs to `builtin: manage`.', ['manage'])
  if (builtin !== 'manage') return
  if (!manage || (manage.categories.length === 0 && !manage.chat)) return report('Expected `manage` with `categories`, or with `chat: true`: nothing is offered that nobody asked for.', ['manage'])
}

/** Whether an entry says one way to reach its server, and nothing that belongs to another. */
export function checkTransport(entry: ServerEntry, context: z.RefinementCtx): void {
  const ways = (['command', 'url', 'spec', 'builtin'] as const).filter((key) => entry[key] !== undefined)
  const [way, second] = ways
  const report = (message: string, path: readonly string[] = []): void => context.addIssue({ code: 'custom', message, path: [...path] })
  if (way === undefined) return report('Expected a `command` to start or a `url` to connect to, found neither.')
  if (second !== undefined) return report(`Expected one of \`command\`, \`url\`, \`spec\` and \`builtin\`, found \`${ways.join('` and `')}\`.`, [second])
  const wanted = entry.type === undefined ? way : entry.type === 'stdio' ? 'command' : entry.type === 'openapi' ? 'spec' : 'url'
  if (wanted !== way) report(`\`type: ${entry.type ?? ''}\` needs a \`${wanted}\`, found \`${way}\`.`, ['type'])
  if (entry.builtin === 'workspace' && !entry.workspace) report('Expected `workspace` with `roots`: the folders that its tools may use.', ['workspace'])
  if (entry.workspace && entry.builtin !== 'workspace') report('`workspace` belongs to `builtin: workspace`.', ['workspace'])
  checkManage(entry, report)
  for (const [owners, keys] of ONLY_WITH) {
    for (const key of keys) {
      if (!owners.includes(way) && entry[key] !== undefined) report(`\`${key}\` belongs to servers with a \`${owners.join('` or `')}\`; this one has \`${way}\`.`, [key])
    }
  }
}

/** One member of `mcpServers`. */
export const serverEntrySchema = fields.superRefine(checkTransport)
