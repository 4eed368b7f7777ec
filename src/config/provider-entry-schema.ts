import { z } from 'zod'
import { PROVIDER_KINDS } from '../domain/provider.ts'
import type { JsonObject } from '../lib/json.ts'
import { duration, flag, headers, httpUrl, oneOf, textList } from './schema-terms.ts'

const fields = z.strictObject({
  kind: oneOf(PROVIDER_KINDS),
  baseUrl: httpUrl.optional().describe('Ends where `/chat/completions` or `/messages` would follow: `http://127.0.0.1:11434/v1`.'),
  apiKey: z.string().optional().describe('Best as `${VARIABLE}` or `${file:path}`.'),
  headers: headers.optional(),
  models: textList.optional().describe('Model names to offer; without it the provider is asked.'),
  parameters: z.record(z.string(), z.json()).optional().describe('Sent with every request that does not set them itself.'),
  enabled: flag().default(true),
  timeouts: z
    .strictObject({ connect: duration().optional(), firstToken: duration().optional(), idle: duration().optional() })
    .prefault({}),
})

export type ProviderEntry = Omit<z.output<typeof fields>, 'parameters'> & { readonly parameters?: JsonObject | undefined }

/** One member of `providers`. */
export const providerEntrySchema = fields.superRefine((entry, context) => {
  if (entry.kind.endsWith('-compatible') && entry.baseUrl === undefined) {
    context.addIssue({ code: 'custom', message: `A provider of kind \`${entry.kind}\` needs a \`baseUrl\`.` })
  }
})
