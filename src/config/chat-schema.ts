import { z } from 'zod'
import { byteSize, duration, EXPECTED, flag, httpUrl, oneOf, text, wholeNumber } from './schema-terms.ts'

const aCount = (from: number, words: string): ReturnType<typeof wholeNumber> => wholeNumber(from, 1_000_000, words)
const orMore = (from: number): ReturnType<typeof wholeNumber> => aCount(from, `a whole number of ${from} or more`)
const selection = text('presets or MCP servers with commas between them')
const aNumber = z.number({ error: `${EXPECTED}a number` })

const persistence = z.strictObject({
  intervalMs: wholeNumber(10, 60_000, '10–60000').default(200).describe('Text of a running answer is written when it is this old,'),
  minChars: orMore(1).default(1024).describe('or when there is so much of it.'),
  persistDeltas: flag().default(true).describe('False writes an answer once, at its end.'),
})

const retention = z.strictObject({
  maxAgeHours: aNumber.min(0, { error: `${EXPECTED}0 or more` }).default(720).describe('Conversations that were not used for so long are removed; 0 keeps them. Saved ones and favourites stay.'),
  maxMessages: orMore(0).default(1000).describe('Messages of one conversation: the oldest are removed; 0 keeps all.'),
  maxSessions: orMore(0).default(1000).describe('Conversations of one principal, saved ones and favourites not counted: the oldest are removed; 0 keeps all.'),
  cleanupInterval: duration(100).default(600_000).describe('How often that is looked at.'),
})

const saved = z.strictObject({
  enabled: flag().default(true).describe('Whether conversations can be saved under a name.'),
  retentionDays: aNumber.min(0, { error: `${EXPECTED}0 or more` }).default(0).describe('Saved conversations are removed after so many days; 0 keeps them.'),
  maxSaved: orMore(0).default(100).describe('Saved conversations of one principal; the next is refused.'),
})

const resources = z.strictObject({
  selection: selection.optional().describe('Presets or MCP servers whose resources models are told of; none without it.'),
  maxItems: orMore(1).default(50).describe('How many they are told of.'),
  cacheTime: duration(0).default(60_000).describe('How long the list is not asked for again.'),
})

/** `/ws/chat` and `/sessions`. */
export const chatSchema = z.strictObject({
  model: text('a public model').optional().describe('Of conversations that name none.'),
  systemPrompt: z.string().default('').describe('Of conversations that have none.'),
  parameters: z.record(z.string(), z.unknown(), { error: `${EXPECTED}a map` }).default({}).describe('Parameters of the provider, such as `temperature`.'),
  maxToolHops: wholeNumber(1, 1000, 'a whole number of 1 or more').optional().describe('Rounds of tool calls of one answer; never more than `runs.maxHops`.'),
  tools: z
    .strictObject({
      selection: selection.optional().describe('Presets or MCP servers whose tools conversations have that do not say.'),
      notificationFormat: oneOf(['detailed', 'simple', 'none']).default('detailed').describe('What WebSocket clients are told of tool calls: everything, names and outcomes, or nothing.'),
    })
    .prefault({}),
  storage: oneOf(['sqlite', 'memory', 'auto']).default('sqlite').describe('Where conversations are: in the database; in memory, until the gateway stops; or in memory until they are saved or made a favourite, and then in the database.'),
  streaming: z
    .strictObject({ enabled: flag().default(true).describe('Whether answers are told as they come, where a conversation does not say.'), persistence: persistence.prefault({}) })
    .prefault({}),
  retention: retention.prefault({}),
  saved: saved.prefault({}),
  resources: resources.prefault({}),
  orphanTimeout: duration(0).default(300_000).describe('How long an answer goes on when nobody watches it any more.'),
  approvalTimeout: duration(100).default(300_000).describe('How long a person’s word on a tool call, or an answer to a server’s question, is waited for.'),
  maxMessageSize: byteSize(1024).default(8 * 1024 * 1024).describe('Longest message of a WebSocket client, attachments included.'),
  ping: z
    .strictObject({ interval: duration(10).default(30_000).describe('How often WebSocket clients are asked whether they are there.'), timeout: duration(10).default(10_000).describe('How long they have to answer.') })
    .prefault({}),
  allowedOrigins: z
    .array(z.union([z.literal('*'), httpUrl], { error: `${EXPECTED}an origin such as \`https://app.example\`` }), { error: `${EXPECTED}a list of origins` })
    .optional()
    .describe('Web origins that may open `/ws/chat`, beside pages of this machine; those of `server.allowedOrigins` without it.'),
})
