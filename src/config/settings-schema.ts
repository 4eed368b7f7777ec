import { z } from 'zod'
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

export const mcpSchema = z.strictObject({
  naming: oneOf(['prefixed', 'bare']).default('prefixed').describe('Tool names on `/mcp`: `server__tool`, or as the server calls them.'),
  sessionIdle: duration(1000).default(30 * 60_000).describe('A session without traffic for this long is closed.'),
  listWait: duration(0).default(400).describe('How long the first list waits for a server that is starting, and again for its lists once it is up.'),
})

export const openapiSchema = z.strictObject({
  prefix: z
    .string({ error: `${EXPECTED}a path such as \`/tools\`` })
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, { error: `${EXPECTED}a path such as \`/tools\`, without a slash at its end` })
    .default('/tools'),
})

export const telemetrySchema = z.strictObject({
  level: oneOf(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  format: oneOf(['auto', 'json', 'pretty']).default('auto').describe('`auto`: pretty on a terminal, JSON elsewhere.'),
})
