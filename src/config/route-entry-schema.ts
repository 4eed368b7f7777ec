import { z } from 'zod'
import type { JsonObject } from '../lib/json.ts'
import { EXPECTED, wholeNumber } from './schema-terms.ts'

const A_TARGET = { error: `${EXPECTED}\`provider/model\` or the name of a public model` }

const target = z.string(A_TARGET).min(1, A_TARGET)

const weight = z.number({ error: `${EXPECTED}a number above 0` }).positive({ error: `${EXPECTED}a number above 0` }).optional()

/** What the gateway itself obeys, or what the request is: to set it from here would make gateway and provider disagree. */
const OBEYED: ReadonlySet<string> = new Set(['model', 'stream', 'stream_options', 'n', 'messages', 'input', 'contents'])

const members = z
  .record(
    z.string().refine((name) => !OBEYED.has(name), { error: `${EXPECTED}another member; this one belongs to the request` }),
    z.json(),
    { error: `${EXPECTED}a map of members of the request body` },
  )
  .optional() as unknown as z.ZodType<JsonObject | undefined, JsonObject | undefined>

const settings = {
  parameters: members.describe('Sent with requests that do not have these members themselves, in the provider’s dialect.'),
  overrides: members.describe('Sent in place of what a request has.'),
}

export interface NodeSettings {
  readonly parameters?: JsonObject | undefined
  readonly overrides?: JsonObject | undefined
}

export interface TargetEntry extends NodeSettings {
  readonly model: string
}

export interface ForkEntry extends NodeSettings {
  readonly strategy: 'fallback' | 'weighted'
  readonly targets: readonly WayEntry[]
}

export interface RolesEntry extends NodeSettings {
  readonly strategy: 'roles'
  readonly main: RouteEntry
  readonly background?: RouteEntry | undefined
  readonly thinking?: RouteEntry | undefined
  readonly longContext?: { readonly to: RouteEntry; readonly above: number } | undefined
  readonly webSearch?: RouteEntry | undefined
  readonly subAgent?: RouteEntry | undefined
}

/** A node of a route: `provider/model`, a public model’s name, or a choice among more of them. */
export type RouteEntry = string | TargetEntry | ForkEntry | RolesEntry

export type WayEntry = string | ((TargetEntry | ForkEntry | RolesEntry) & { readonly weight?: number | undefined })

/** As it is written: `above` may be left out. */
type Written = z.ZodType<RouteEntry, unknown>

const node: Written = z.lazy(() => routeEntrySchema)

const ways = z
  .array(z.lazy(() => way), { error: `${EXPECTED}a list of targets` })
  .min(1, { error: `${EXPECTED}a list of at least one target` })

const A_STRATEGY = { error: `${EXPECTED}one of \`fallback\`, \`weighted\`, \`roles\`` }

const fork = { strategy: z.enum(['fallback', 'weighted'], A_STRATEGY), targets: ways, ...settings }

const roles = {
  strategy: z.literal('roles', A_STRATEGY),
  main: node.describe('For every request that no other role takes.'),
  background: node.optional().describe('Small models: the name that the client asks for has `haiku` in it.'),
  thinking: node.optional().describe('The client asks for thinking with a budget, or for high effort.'),
  longContext: z
    .strictObject({
      to: node,
      above: wholeNumber(1, 100_000_000, 'a number of tokens').default(60_000).describe('Estimated input tokens.'),
    })
    .optional()
    .describe('Long requests.'),
  webSearch: node.optional().describe('The client offers a web search of the provider.'),
  subAgent: node.optional().describe('The client says that a sub-agent asks.'),
  ...settings,
}

const way: z.ZodType<WayEntry, unknown> = z.union([
  target,
  z.strictObject({ model: target, weight, ...settings }),
  z.strictObject({ ...fork, weight }),
  z.strictObject({ ...roles, weight }),
])

/** One member of `models`. */
export const routeEntrySchema: Written = z.union([target, z.strictObject({ model: target, ...settings }), z.strictObject(fork), z.strictObject(roles)])
