import { z } from 'zod'
import { chatSchema } from './chat-schema.ts'
import { presetEntrySchema } from './preset-entry-schema.ts'
import { providerEntrySchema } from './provider-entry-schema.ts'
import { routeEntrySchema } from './route-entry-schema.ts'
import { EXPECTED, entityName, textList } from './schema-terms.ts'
import { serverEntrySchema } from './server-entry-schema.ts'
import { runsSchema } from './runs-schema.ts'
import { templateEntrySchema } from './template-entry-schema.ts'
import { authSchema, mcpSchema, openapiSchema, serverSchema, telemetrySchema, translationSchema } from './settings-schema.ts'

const aMap = { error: `${EXPECTED}a map of names to entries` }

/** A word that a path already uses: `/mcp/presets/…`. */
const RESERVED_NAME = 'presets'

const serverName = entityName.refine((name) => name !== RESERVED_NAME, { error: `${EXPECTED}another name; this one is a path of the gateway` })

/** Sections with a meaning that this version does not have: an empty one is harmless, any other would be a broken promise. */
const notYet = z
  .unknown()
  .refine((value) => value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0), {
    error: `${EXPECTED}left out, because this version does not have it yet`,
  })
  .optional()
  .describe('Not supported by this version.')

/** `trunkline.yaml` as people write it. */
export const documentSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1, { error: `${EXPECTED}1` }).optional(),
  server: serverSchema.prefault({}),
  auth: authSchema.prefault({}),
  mcp: mcpSchema.prefault({}),
  mcpServers: z.record(serverName, serverEntrySchema, aMap).default({}),
  mcpTemplates: z.record(serverName, templateEntrySchema, aMap).default({}).describe('MCP servers whose texts hold values of the client, such as `{{project.path}}`.'),
  providers: z.record(entityName, providerEntrySchema, aMap).optional(),
  models: z.record(z.string().min(1), routeEntrySchema, aMap).default({}).describe('Public models. A name with `*` in it is a rule for every name that it matches.'),
  disabledModels: textList.default([]).describe('Public models of `models` that are switched off.'),
  favourites: textList.default([]).describe('Models that lists put first.'),
  presets: z.record(entityName, presetEntrySchema, aMap).default({}).describe('Saved selections of MCP servers, used as `/mcp/presets/{name}` or `?preset=`.'),
  translation: translationSchema.prefault({}),
  runs: runsSchema.prefault({}).describe('Models that use tools of the gateway.'),
  chat: chatSchema.prefault({}).describe('Conversations: `/ws/chat` and `/sessions`.'),
  openapi: openapiSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
  limits: notYet,
  budgets: notYet,
})

export type DocumentValue = z.output<typeof documentSchema>

export const ROOT_KEYS: readonly string[] = Object.keys(documentSchema.shape)
