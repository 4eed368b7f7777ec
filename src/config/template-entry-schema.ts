import { z } from 'zod'
import { parseTemplateText } from '../domain/template-text.ts'
import { checkTransport, serverFields } from './server-entry-schema.ts'
import { duration, EXPECTED, flag, text, wholeNumber } from './schema-terms.ts'

const template = z.strictObject({
  shareable: flag().default(true).describe('Clients whose values complete the entry to the same server share it.'),
  perClient: flag().default(false).describe('One for each client: its MCP session, or a context of a client without sessions.'),
  maxInstances: wholeNumber(1, 100_000, 'a whole number of 1 or more').optional().describe('Instances of this template at one time.'),
  idleTimeout: duration(1000).optional().describe('An instance that was not used for so long ends.'),
  idleTimeoutMs: wholeNumber(1000, 2_147_483_647, 'milliseconds, 1000 or more').optional().describe('The same in milliseconds.'),
})

const fields = serverFields.omit({ url: true, spec: true, baseUrl: true, auth: true, include: true, exclude: true, builtin: true, workspace: true, manage: true, origin: true, type: true }).extend({
  type: z.enum(['stdio', 'http', 'streamable-http', 'streamableHttp', 'streamable_http', 'sse'], { error: `${EXPECTED}one of \`stdio\`, \`http\` and \`sse\`` }).optional(),
  url: text('an http or https address').optional().describe('Address of a remote server; values in it are percent-encoded.'),
  template: template.prefault({}).describe('Who shares an instance, and how long and how many there are.'),
})

export type TemplateEntry = z.output<typeof fields>

type Written = readonly (readonly [path: readonly (string | number)[], text: string])[]

/** The texts in which values may stand. */
function writtenTexts({ command, args = [], env = {}, cwd, url, headers = {} }: TemplateEntry): Written {
  const sole = (key: string, value: string | undefined): Written => (value === undefined ? [] : [[[key], value]])
  return [
    ...sole('command', command),
    ...args.map((value, index) => [['args', index], value] as const),
    ...Object.entries(env).map(([name, value]) => [['env', name], value] as const),
    ...sole('cwd', cwd),
    ...sole('url', url),
    ...Object.entries(headers).map(([name, value]) => [['headers', name], value] as const),
  ]
}

/** What the address looks like once every value is there; a value is never more than letters for this. */
function isAddress(url: string): boolean {
  const parsed = URL.parse(url.replaceAll(/\{\{[^{}]*\}\}/g, 'value'))
  return parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:')
}

function checkTexts(entry: TemplateEntry, context: z.RefinementCtx): void {
  for (const [path, written] of writtenTexts(entry)) {
    const parsed = parseTemplateText(written)
    if (parsed.kind === 'invalid') context.addIssue({ code: 'custom', message: parsed.problem, path: [...path] })
  }
  if (entry.url !== undefined && !isAddress(entry.url)) context.addIssue({ code: 'custom', message: `${EXPECTED}an http or https address`, path: ['url'] })
  for (const tag of entry.tags) {
    if (tag.includes('{{')) context.addIssue({ code: 'custom', message: 'Tags choose servers before there is a client, so they hold no values.', path: ['tags'] })
  }
  const { isolation, template: { shareable, perClient } } = entry
  if (isolation === 'per-user' && (perClient || !shareable)) {
    context.addIssue({ code: 'custom', message: '`isolation: per-user` contradicts `template`, which asks for an instance for each client.', path: ['isolation'] })
  }
}

/** One member of `mcpTemplates`: a server’s entry with `{{…}}` values, and how its instances are shared. */
export const templateEntrySchema = fields.superRefine((entry, context) => {
  checkTransport(entry, context)
  checkTexts(entry, context)
})
