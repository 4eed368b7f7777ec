import { z } from 'zod'
import { plainLine } from './plain-line.ts'

/** One line without characters that nobody sees. */
const line = (most = 300): z.ZodType<string, string> => z.string().max(20_000).transform((text) => plainLine(text, most))
const token = z.string().min(1).max(1000)
const flag = z.boolean().nullish().transform((value) => value === true)
const list = <Item extends z.ZodType>(item: Item, most = 100): z.ZodType<readonly z.output<Item>[]> =>
  z.array(item).max(most).nullish().transform((items) => items ?? [])

/** What is asked of whoever installs, or fixed by the publisher. */
const input = z.object({
  description: line().nullish(),
  value: z.string().max(4000).nullish(),
  default: z.string().max(4000).nullish(),
  choices: list(z.string().max(1000)),
  format: z.string().max(40).nullish(),
  isRequired: flag,
  isSecret: flag,
})

const variables = z.record(z.string().max(200), input).nullish().transform((value) => value ?? {})
const withVariables = input.extend({ variables })

const keyValue = withVariables.extend({ name: token })

const argument = withVariables.extend({
  type: z.enum(['positional', 'named']),
  name: z.string().max(200).nullish(),
  valueHint: z.string().max(200).nullish(),
  isRepeated: flag,
})

const packageSchema = z.object({
  registryType: token,
  identifier: token,
  version: z.string().max(255).nullish(),
  runtimeHint: z.string().max(100).nullish(),
  transport: z.object({ type: token, url: z.string().max(4000).nullish() }).nullish(),
  runtimeArguments: list(argument),
  packageArguments: list(argument),
  environmentVariables: list(keyValue),
})

const remoteSchema = z.object({ type: token, url: z.string().min(1).max(4000), headers: list(keyValue), variables })

/**
 * A `server.json` in an answer of a registry, schema 2025-12-11. Unknown members are left out; texts for people are made one line.
 * @see https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md
 */
export const registryEntrySchema = z.object({
  name: z.string().max(200).regex(/^[A-Za-z0-9][A-Za-z0-9.-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/),
  version: z.string().max(255).regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/),
  title: line(100).nullish(),
  description: line().nullish(),
  websiteUrl: line(500).nullish(),
  repository: z.object({ url: line(500).nullish() }).nullish(),
  packages: list(packageSchema),
  remotes: list(remoteSchema),
})

export type RegistryEntry = z.output<typeof registryEntrySchema>
export type RegistryPackage = z.output<typeof packageSchema>
export type RegistryRemote = z.output<typeof remoteSchema>
export type RegistryArgument = z.output<typeof argument>
export type RegistryInput = z.output<typeof withVariables>

const OFFICIAL = 'io.modelcontextprotocol.registry/official'

const officialSchema = z.object({
  status: line(40).nullish(),
  statusMessage: line().nullish(),
  publishedAt: line(40).nullish(),
  isLatest: z.boolean().nullish(),
})

/** An entry with what the registry says of it. */
export interface FoundEntry {
  readonly entry: RegistryEntry
  readonly status: string
  readonly statusMessage: string | undefined
  readonly publishedAt: string | undefined
}

const foundSchema = z.object({ server: registryEntrySchema, _meta: z.record(z.string(), z.unknown()).nullish() })

/** Undefined for an entry that is not as it has to be. */
export function readFoundEntry(value: unknown): FoundEntry | undefined {
  const parsed = foundSchema.safeParse(value)
  if (!parsed.success) return undefined
  const official = officialSchema.safeParse(parsed.data._meta?.[OFFICIAL])
  const { status, statusMessage, publishedAt } = official.success ? official.data : {}
  return { entry: parsed.data.server, status: status ?? 'active', statusMessage: statusMessage ?? undefined, publishedAt: publishedAt ?? undefined }
}

export const registryPageSchema = z.object({
  servers: z.array(z.unknown()).max(1000),
  metadata: z.object({ nextCursor: z.string().max(2000).nullish() }).nullish(),
})
