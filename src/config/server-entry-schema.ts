import { z } from 'zod'
import { byteSize, duration, EXPECTED, flag, headers, httpUrl, oneOf, processText, text, textList } from './schema-terms.ts'

const timeouts = z.strictObject({
  connect: duration().default(30_000).describe('From start to a finished handshake.'),
  call: duration().default(60_000).describe('One call without progress; progress starts it anew.'),
  list: duration().default(10_000).describe('One list request.'),
})

const fields = z.strictObject({
  type: oneOf(['stdio', 'http', 'streamable-http', 'streamableHttp', 'streamable_http', 'sse']).optional(),
  command: text('a program').optional().describe('Program to start; it speaks MCP on stdin and stdout.'),
  args: z.array(processText, { error: `${EXPECTED}a list of texts` }).optional(),
  env: z.record(z.string(), processText, { error: `${EXPECTED}a map of texts` }).optional().describe('Variables for the program. It inherits none but PATH, HOME, LANG and the like.'),
  inheritEnv: textList.optional().describe('Names of the gateway’s variables that the program may see.'),
  cwd: text('a folder').optional(),
  url: httpUrl.optional().describe('Address of a remote server.'),
  headers: headers.optional(),
  builtin: oneOf(['demo']).optional().describe('A server that is part of Trunkline.'),
  era: oneOf(['auto', 'legacy', 'modern']).default('auto').describe('Protocol era; found out when `auto`.'),
  enabled: flag().default(true),
  tags: textList.default([]),
  timeouts: timeouts.prefault({}),
  limits: z.strictObject({ messageBytes: byteSize(1024).default(32 * 1024 * 1024) }).prefault({}),
})

export type ServerEntry = z.output<typeof fields>

const ONLY_WITH: readonly (readonly ['command' | 'url', readonly (keyof ServerEntry)[]])[] = [
  ['command', ['args', 'env', 'inheritEnv', 'cwd']],
  ['url', ['headers']],
]

function checkTransport(entry: ServerEntry, context: z.RefinementCtx): void {
  const ways = (['command', 'url', 'builtin'] as const).filter((key) => entry[key] !== undefined)
  const [way, second] = ways
  const report = (message: string, path: readonly string[] = []): void => context.addIssue({ code: 'custom', message, path: [...path] })
  if (way === undefined) return report('Expected a `command` to start or a `url` to connect to, found neither.')
  if (second !== undefined) return report(`Expected one of \`command\`, \`url\` and \`builtin\`, found \`${ways.join('` and `')}\`.`, [second])
  const wanted = entry.type === undefined ? way : entry.type === 'stdio' ? 'command' : 'url'
  if (wanted !== way) report(`\`type: ${entry.type ?? ''}\` needs a \`${wanted}\`, found \`${way}\`.`, ['type'])
  for (const [owner, keys] of ONLY_WITH) {
    for (const key of keys) {
      if (way !== owner && entry[key] !== undefined) report(`\`${key}\` belongs to servers with a \`${owner}\`; this one has \`${way}\`.`, [key])
    }
  }
}

/** One member of `mcpServers`. */
export const serverEntrySchema = fields.superRefine(checkTransport)
