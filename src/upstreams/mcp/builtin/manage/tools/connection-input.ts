import { z } from 'zod'

const line = z.string().min(1).max(4000)
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable').max(200)
const header = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header').max(200)
const SECRETS = 'Secrets only as `${NAME}`: a variable of the gateway that its operator allows.'

export const serverId = z.string().min(1).max(64)

const timeoutMs = z.int().min(100).max(3_600_000)

/** How a server is reached. */
export const CONNECTION_INPUT = {
  url: line.optional().describe('Address of a remote server.'),
  headers: z.record(header, z.string().max(4000)).optional().describe(`Headers for \`url\`. ${SECRETS}`),
  command: line.optional().describe('Program to start; only where the operator allows commands.'),
  args: z.array(z.string().max(4000)).max(200).optional().describe('Its arguments, one item each; no shell reads them.'),
  env: z.record(variable, z.string().max(4000)).optional().describe(`Its variables. ${SECRETS}`),
  cwd: line.optional().describe('The folder that it starts in.'),
} as const

/** What else may be said about a server. */
export const SERVER_INPUT = {
  tags: z.array(z.string().min(1).max(100)).max(50).optional(),
  timeouts: z.strictObject({ connect: timeoutMs.optional(), call: timeoutMs.optional(), list: timeoutMs.optional() }).optional().describe('In milliseconds.'),
} as const
