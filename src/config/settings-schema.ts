import { z } from 'zod'
import { DISCLOSURE_MODES } from '../domain/disclosure-mode.ts'
import { parseInstructionsTemplate } from '../domain/instructions-template.ts'
import { PINNING_MODES } from '../domain/server-settings.ts'
import { SCOPES } from '../domain/scope.ts'
import { byteSize, duration, EXPECTED, flag, httpUrl, oneOf, text, textList, wholeNumber } from './schema-terms.ts'

const host = text('a host name or an IP address')
const origin = z.union([z.literal('*'), httpUrl], { error: `${EXPECTED}an origin such as \`https://app.example\`` })
const origins = z.array(origin, { error: `${EXPECTED}a list of origins` })

const limits = z.strictObject({
  headerBytes: byteSize(1024).default(32 * 1024).describe('Longest head of a request.'),
  bodyBytes: byteSize(1024).default(64 * 1024 * 1024).describe('Longest body of a request.'),
  headersTimeout: duration(100).default(15_000).describe('Until the head of a request is complete.'),
  bodyIdleTimeout: duration(100).default(30_000).describe('Longest pause inside a request body.'),
  maxConnections: wholeNumber(1, 1_000_000, '1 or more').default(10_000).describe('Connections at one time.'),
})

export const serverSchema = z.strictObject({
  host: host.default('127.0.0.1').describe('Address to listen on. Anything but loopback needs `auth.keys`.'),
  port: wholeNumber(0, 65_535, '1–65535').default(4747).describe('0 lets the system choose.'),
  allowedHosts: textList.default([]).describe('`Host` values accepted beside loopback and the listening address.'),
  allowedOrigins: origins.default([]).describe('Web origins whose requests are accepted.'),
  cors: z.strictObject({ origins: origins.default([]) }).prefault({}).describe('Web origins that may read answers.'),
  limits: limits.prefault({}),
  drainTimeout: duration().default(30_000).describe('How long running work may take after a stop was asked for.'),
  allowUnauthenticatedNetwork: flag().default(false).describe('Serve beyond loopback without keys. Everybody who reaches the port may use everything.'),
})

const authKey = z.strictObject({
  name: text().describe('Who this key stands for, in logs and the ledger.'),
  key: z
    .string({ error: `${EXPECTED}a key of at least 8 characters` })
    .min(8, { error: `${EXPECTED}a key of at least 8 characters` })
    .describe('The key itself; best as `${VARIABLE}` or `${file:path}`.'),
  scopes: z.array(oneOf(SCOPES), { error: `${EXPECTED}a list of scopes` }).default([...SCOPES]),
})

export const authSchema = z.strictObject({
  keys: z.array(authKey, { error: `${EXPECTED}a list of keys` }).default([]),
})

const template = text('a template').superRefine((value, context) => {
  const parsed = parseInstructionsTemplate(value)
  if (parsed.kind === 'invalid') context.addIssue({ code: 'custom', message: parsed.problem })
})

const instructions = z.strictObject({
  template: template.optional().describe('How the instructions of several servers are put together: `{{servers}}` and `{{unavailable}}`, or `{{#each servers}}{{name}} {{title}} {{tags}} {{tools}} {{instructions}}{{/each}}` and `{{#each unavailable}}{{name}} {{state}} {{reason}}{{/each}}`.'),
  eager: flag().default(true).describe('Wait up to `listWait` for servers that are starting before a client is told. `false`: tell what is known at once.'),
  unavailable: flag().default(true).describe('Say which servers are not available, and why.'),
})

const audit = z.strictObject({
  enabled: flag().default(true).describe('Keep a row of each call in the data directory.'),
  retention: duration(60_000).default(30 * 86_400_000).describe('How long a row is kept.'),
  arguments: flag().default(false).describe('Keep the arguments, too. They may hold anything that a client sends.'),
})

const code = z.strictObject({
  sandbox: oneOf(['auto', 'bubblewrap']).default('auto').describe('What scripts are closed in with: as much as this machine has, with a warning in the log where bubblewrap is missing; or bubblewrap, and no scripts without it.'),
  timeout: duration(1).default(120_000).describe('Longest that a script runs. Time in which somebody is asked does not count.'),
  memory: byteSize(16 * 1024 * 1024).default(128 * 1024 * 1024).describe('Memory of a script.'),
  output: byteSize(1_000).default(64 * 1024).describe('What a client is shown of a script, in characters: of what it returns, and of its console.'),
  maxCalls: wholeNumber(1, 100_000, 'a whole number of 1 or more').default(200).describe('Calls of tools that a script may make.'),
  parallelCalls: wholeNumber(1, 1_000, 'a whole number of 1 or more').default(8).describe('Calls of a script that run at one time; further ones wait.'),
  maxScripts: wholeNumber(1, 1_000, 'a whole number of 1 or more').default(8).describe('Scripts that run at one time; further ones wait.'),
})

const search = z.strictObject({
  embedding: text('a model, as `provider/model` or by its public name').optional().describe('Model that tools and searches are also compared with by meaning, in the modes `search` and `code`: `ollama/all-minilm`, or whatever `/v1/embeddings` takes. It is sent the descriptions of all tools and every question. Without it nothing is.'),
})

export const mcpSchema = z.strictObject({
  naming: oneOf(['prefixed', 'bare']).default('prefixed').describe('Tool names on `/mcp`: `server__tool`, or as the server calls them.'),
  mode: oneOf(DISCLOSURE_MODES).default('full').describe('How much of the tools an MCP client is shown that has no `?mode=`: all, three tools that list (`lazy`) or search (`search`), describe and call the others, or two that search and run scripts (`code`).'),
  search: search.prefault({}).describe('How tools are found.'),
  code: code.prefault({}).describe('What scripts of clients in `code` mode may use.'),
  sessionIdle: duration(1000).default(30 * 60_000).describe('A session without traffic for this long is closed.'),
  sessions: z
    .strictObject({
      persist: flag().default(true).describe('Keep sessions in the data directory, so that clients go on with them after a restart.'),
      maxEvents: wholeNumber(1, 1_000_000, 'a whole number of 1 or more').default(1000).describe('Events kept per session for clients whose stream broke.'),
      maxBytes: byteSize(1024).default(4 * 1024 * 1024).describe('Bytes of events kept per session.'),
    })
    .prefault({})
    .describe('What is kept of sessions for clients that come back.'),
  maxInstances: wholeNumber(1, 100_000, 'a whole number of 1 or more').default(200).describe('Instances of template servers and isolated servers at one time, all together.'),
  trustContext: flag().default(false).describe('Believe the request context of every client, not only of those on this machine. It reaches the command lines of template servers.'),
  contextEnvironment: textList.default([]).describe('Names of variables that `trunkline stdio` puts into the request context as `{{environment.NAME}}`; a `*` at the end stands for any rest.'),
  pinning: oneOf(PINNING_MODES).default('off').describe('What becomes of a tool whose definition changed since it was first seen or approved: nothing, a flag (`warn`), or neither list nor call until it is approved (`hold`).'),
  instructions: instructions.prefault({}).describe('What clients are told about servers.'),
  audit: audit.prefault({}).describe('The record of calls.'),
  listWait: duration(0).default(400).describe('How long the first list waits for a server that is starting, and again for its lists once it is up.'),
})

export const translationSchema = z.strictObject({
  onLoss: oneOf(['report', 'reject']).default('report').describe('What happens to a request that its provider’s dialect cannot express whole: sent with what is lost in `x-trunkline-losses`, or refused.'),
})

const mcpo = z.strictObject({
  prefix: z
    .string({ error: `${EXPECTED}a path such as \`/\` or \`/tools/\`` })
    .regex(/^\/(?:[A-Za-z0-9._~-]+\/)*$/, { error: `${EXPECTED}a path that begins and ends with a slash` })
    .default('/')
    .describe('What the servers are below: `/{server}/{tool}` by default.'),
  server: z.string().default('').describe('Serve only this one, with its tools at the root as `/{tool}`.'),
  strictAuth: flag().default(true).describe('Ask for a key for documents and pages, too; mcpo does so only with `--strict-auth`.'),
  rootPath: z.string().default('').describe('What a proxy in front puts before the paths.'),
  name: text().default('MCP OpenAPI Proxy').describe('Title of the document at the root.'),
  description: text().default('Automatically generated API from MCP Tool Schemas'),
  version: text().default('1.0'),
  alone: flag().default(false).describe('Serve nothing else but health.'),
})

export const openapiSchema = z.strictObject({
  mcpoProfile: flag().default(false).describe('Serve the tools also where and how mcpo does, for clients that were written for it.'),
  mcpo: mcpo.prefault({}).describe('How `mcpoProfile` is served.'),
  prefix: z
    .string({ error: `${EXPECTED}a path such as \`/tools\`` })
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, { error: `${EXPECTED}a path such as \`/tools\`, without a slash at its end` })
    .default('/tools'),
})

export const telemetrySchema = z.strictObject({
  level: oneOf(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  format: oneOf(['auto', 'json', 'pretty']).default('auto').describe('`auto`: pretty on a terminal, JSON elsewhere.'),
})
