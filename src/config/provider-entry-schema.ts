import { z } from 'zod'
import { PROVIDER_KINDS } from '../domain/provider.ts'
import type { JsonObject } from '../lib/json.ts'
import { withoutUndefined } from '../lib/without-undefined.ts'
import { duration, EXPECTED, flag, headers, httpUrl, oneOf, textList, wholeNumber } from './schema-terms.ts'

const quirks = z.strictObject({
  maxTokensField: oneOf(['max_tokens', 'max_completion_tokens']).optional(),
  takesLateSystem: flag().optional(),
  reasoningRequest: oneOf(['effort', 'thinking-switch', 'openrouter', 'enable-thinking', 'enabled-object', 'none']).optional(),
  efforts: textList.optional(),
  reasoningField: oneOf(['reasoning_content', 'reasoning', 'reasoning_details']).optional(),
  needsReasoningOnAssistant: flag().optional(),
  thinksInTags: flag().optional(),
  takesOnlyText: flag().optional(),
  takesCacheControl: flag().optional(),
  seedField: oneOf(['random_seed']).optional(),
  takesTopK: flag().optional(),
  refusesSamplingWithReasoning: flag().optional(),
  callIdLength: wholeNumber(1, 64, 'a whole number from 1 to 64').optional(),
  betas: textList.optional(),
  webSearch: oneOf(['web_search_options', 'openrouter-tool']).optional(),
  hasServerTools: flag().optional(),
  hasThreads: flag().optional(),
  hasOpenaiTools: flag().optional(),
  refusesUnknownMembers: flag().optional(),
  structuredOutput: oneOf(['native', 'tool', 'instructed']).optional(),
}).transform((value) => withoutUndefined(value))

const amount = z.number({ error: `${EXPECTED}a number, 0 or more` }).nonnegative({ error: `${EXPECTED}a number, 0 or more` })
const tokens = wholeNumber(1, 1_000_000_000, 'a whole number of tokens').optional()

const facts = z.strictObject({
  price: z.strictObject({ input: amount, output: amount, cacheRead: amount.default(0), cacheWrite: amount.default(0) }).optional().describe('US dollars per million tokens.'),
  contextTokens: tokens,
  outputTokens: tokens,
  canReason: flag().optional(),
  canSee: flag().optional(),
}).transform((value) => withoutUndefined(value))

const OPENAI_DIALECTS = ['openai-responses', 'openai-chat'] as const

const fields = z.strictObject({
  kind: oneOf(PROVIDER_KINDS),
  baseUrl: httpUrl.optional().describe('Ends where `/chat/completions` or `/messages` would follow: `http://127.0.0.1:11434/v1`.'),
  apiKey: z.string().optional().describe('Best as `${VARIABLE}` or `${file:path}`.'),
  headers: headers.optional(),
  models: textList.optional().describe('Model names to offer; without it the provider is asked.'),
  disabledModels: textList.optional().describe('Model names that are neither listed nor used.'),
  parameters: z.record(z.string(), z.json()).optional().describe('Sent with every request that does not set them itself.'),
  quirks: quirks.optional().describe('How its models depart from their dialect, beyond what is known of the kind.'),
  modelQuirks: z.record(z.string().min(1), quirks).optional().describe('The same for some models, by patterns such as `qwen*`.'),
  facts: z.record(z.string().min(1), facts).optional().describe('Prices, sizes and abilities of models by their exact names; they win over the built-in table.'),
  dialects: z.tuple([oneOf(OPENAI_DIALECTS)], oneOf(OPENAI_DIALECTS)).optional().describe('Dialects that an `openai-compatible` server speaks, the most native first; without it `openai-chat`.'),
  betas: textList.optional().describe('Betas of the Messages API that the provider knows, such as `context-management-*`; others are not sent, nor what belongs to them. Without it all are, but for threads, which need `quirks.hasThreads` where the provider is not Anthropic.'),
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
  if (entry.dialects !== undefined && entry.kind !== 'openai' && entry.kind !== 'openai-compatible') {
    context.addIssue({ code: 'custom', path: ['dialects'], message: `The dialects of kind \`${entry.kind}\` are known; only \`openai-compatible\` servers differ.` })
  }
})
