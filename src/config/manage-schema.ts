import { z } from 'zod'
import { MANAGE_CATEGORIES } from '../domain/manage.ts'
import { byteSize, duration, EXPECTED, flag, httpUrl, network, oneOf } from './schema-terms.ts'

/** The official registry of MCP servers. Nobody asks it before a tool of `discovery` or `installation` is called. */
const REGISTRY = 'https://registry.modelcontextprotocol.io'

const registry = z.strictObject({
  url: httpUrl.default(REGISTRY).describe('Address of a registry that speaks the API of the official MCP registry, without `/v0.1`.'),
  timeout: duration(100).default(10_000).describe('Longest that one question may take.'),
  maxBytes: byteSize(1024).default(4 * 1024 * 1024).describe('Longest answer.'),
})

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, `${EXPECTED}the name of a variable, also with a \`*\` at the end`)

/** The built-in server that administers the gateway; the rest of its entry is that of any server. */
export const manageSchema = z.strictObject({
  categories: z.array(oneOf(MANAGE_CATEGORIES), { error: `${EXPECTED}a list of categories` }).default([]).describe('Which tools there are: those to find servers, to install them, to run them, or only those that read.'),
  chat: flag().default(false).describe('Whether there are tools that change how chats are led.'),
  allowCommands: flag().default(false).describe('Whether a caller may say what is started: commands, arguments, variables and packages.'),
  registry: registry.prefault({}).describe('Where servers are found.'),
  variables: z.array(variable, { error: `${EXPECTED}a list of names of variables` }).default([]).describe('Variables of the gateway that a caller may name as `${NAME}` in what it installs.'),
  allowAddresses: z.array(network, { error: `${EXPECTED}a list of addresses` }).default([]).describe('Addresses that installed servers may have though they are private.'),
})

export type ManageEntry = z.output<typeof manageSchema>
