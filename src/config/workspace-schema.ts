import { z } from 'zod'
import { byteSize, duration, EXPECTED, flag, httpUrl, network, oneOf, processText, text, textList, wholeNumber } from './schema-terms.ts'

const domain = z.string().regex(/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/i, `${EXPECTED}a domain such as \`example.com\`, which stands for its subdomains, too`)
const domains = z.array(domain, { error: `${EXPECTED}a list of domains` })

const bash = z.strictObject({
  allow: textList.optional().describe('The only commands that run, such as `npm run *` or `git status`; all without it, which needs a sandbox.'),
  deny: textList.default([]).describe('Commands that never run.'),
  ask: textList.default([]).describe('Commands that run when the person at the client says yes.'),
  timeout: duration(100).default(120_000).describe('Longest that a command may take.'),
  outputBytes: byteSize(256).default(30_000).describe('Longest output that a model is given.'),
  memory: byteSize(16 * 1024 * 1024).default(2 * 1024 ** 3).describe('Of each process.'),
  network: flag().default(false).describe('Whether commands in the sandbox reach the network.'),
  env: z.record(z.string(), processText, { error: `${EXPECTED}a map of texts` }).default({}).describe('Variables for commands; they inherit none but PATH and the language.'),
  readable: textList.default([]).describe('Folders that the sandbox shows beside the roots and the system’s programs.'),
})

const search = z
  .strictObject({
    provider: oneOf(['searxng', 'brave', 'tavily']),
    url: httpUrl.optional().describe('Address of the provider; SearXNG has no other.'),
    apiKey: text('a key').optional(),
  })
  .superRefine((value, context) => {
    if (value.provider === 'searxng' && value.url === undefined) context.addIssue({ code: 'custom', message: 'Expected a `url`: SearXNG has no address of its own.', path: ['url'] })
    if (value.provider !== 'searxng' && value.apiKey === undefined) context.addIssue({ code: 'custom', message: `Expected an \`apiKey\` for ${value.provider}.`, path: ['apiKey'] })
  })

const web = z.strictObject({
  allowDomains: domains.optional().describe('The only domains that are fetched; all public ones without it.'),
  denyDomains: domains.default([]).describe('Domains that are never fetched.'),
  allowAddresses: z.array(network, { error: `${EXPECTED}a list of addresses` }).default([]).describe('Addresses that are allowed though they are private.'),
  maxBytes: byteSize(1024).default(5 * 1024 * 1024).describe('Longest page.'),
  timeout: duration(100).default(30_000).describe('Longest that a page may take, redirects included.'),
  search: search.optional().describe('Who answers WebSearch.'),
})

const task = z.strictObject({
  model: text('a model').optional(),
  maxHops: wholeNumber(1, 1000, 'a whole number of 1 or more').default(10).describe('Rounds of calls that a task may make.'),
  timeout: duration(100).default(600_000).describe('Longest that a task may take.'),
})

/** The built-in server for work on files; the rest of its entry is that of any server. */
export const workspaceSchema = z.strictObject({
  roots: z.tuple([text('a folder')], text('a folder'), { error: `${EXPECTED}a list of at least one folder` }).describe('Folders that the tools may use, relative to the document.'),
  readOnly: flag().default(false).describe('Whether nothing may be written. Commands then need a sandbox.'),
  bash: bash.optional().describe('Commands; none without it.'),
  sandbox: oneOf(['auto', 'bubblewrap', 'none']).default('auto').describe('What commands run in: bubblewrap where it works, bubblewrap or not at all, or nothing.'),
  web: web.optional().describe('WebFetch and WebSearch; neither without it.'),
  task: task.optional().describe('Task; not without it.'),
  fileBytes: byteSize(1024).default(10 * 1024 * 1024).describe('Longest file that a tool reads or writes.'),
})

export type WorkspaceEntry = z.output<typeof workspaceSchema>
