import { z } from 'zod'
import { byteSize, duration, EXPECTED, flag, headers, httpUrl, oneOf, processText, text, textList } from './schema-terms.ts'

const timeouts = z.strictObject({
  connect: duration().default(30_000).describe('From start to a finished handshake.'),
  call: duration().default(60_000).describe('One call without progress; progress starts it anew.'),
  list: duration().default(10_000).describe('One list request.'),
})

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
  builtin: oneOf(['demo']).optional().describe('A server that is part of Trunkline.'),
  era: oneOf(['auto', 'legacy', 'modern']).default('auto').describe('Protocol era; found out when `auto`.'),
  enabled: flag().default(true),
  tags: textList.default([]),
  disabledTools: textList.optional().describe('Tools, by the server’s own names, that nobody may see or call.'),
  enabledTools: textList.optional().describe('The only tools that anybody may see or call.'),
  timeouts: timeouts.prefault({}),
  limits: z.strictObject({ messageBytes: byteSize(1024).default(32 * 1024 * 1024) }).prefault({}),
})

export type ServerEntry = z.output<typeof fields>

const ONLY_WITH: readonly (readonly [readonly string[], readonly (keyof ServerEntry)[]])[] = [
  [['command'], ['args', 'env', 'inheritEnv', 'cwd']],
  [['url', 'spec'], ['headers']],
  [['spec'], ['baseUrl', 'auth', 'include', 'exclude']],
]

function checkTransport(entry: ServerEntry, context: z.RefinementCtx): void {
  const ways = (['command', 'url', 'spec', 'builtin'] as const).filter((key) => entry[key] !== undefined)
  const [way, second] = ways
  const report = (message: string, path: readonly string[] = []): void => context.addIssue({ code: 'custom', message, path: [...path] })
  if (way === undefined) return report('Expected a `command` to start or a `url` to connect to, found neither.')
  if (second !== undefined) return report(`Expected one of \`command\`, \`url\`, \`spec\` and \`builtin\`, found \`${ways.join('` and `')}\`.`, [second])
  const wanted = entry.type === undefined ? way : entry.type === 'stdio' ? 'command' : entry.type === 'openapi' ? 'spec' : 'url'
  if (wanted !== way) report(`\`type: ${entry.type ?? ''}\` needs a \`${wanted}\`, found \`${way}\`.`, ['type'])
  for (const [owners, keys] of ONLY_WITH) {
    for (const key of keys) {
      if (!owners.includes(way) && entry[key] !== undefined) report(`\`${key}\` belongs to servers with a \`${owners.join('` or `')}\`; this one has \`${way}\`.`, [key])
    }
  }
}

/** One member of `mcpServers`. */
export const serverEntrySchema = fields.superRefine(checkTransport)
