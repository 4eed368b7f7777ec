import { z } from 'zod'
import { EXPECTED, flag, text } from './schema-terms.ts'

const TOOL_NAME = /^[A-Za-z0-9_.-]{1,64}$/

/** One member of `mcpServers.<id>.tools`, by the server’s own name of the tool. */
export const toolEntrySchema = z.strictObject({
  name: z
    .string({ error: `${EXPECTED}1–64 letters, digits, \`_\`, \`.\` or \`-\`` })
    .regex(TOOL_NAME, { error: `${EXPECTED}1–64 letters, digits, \`_\`, \`.\` or \`-\`` })
    .optional()
    .describe('Name that clients see and call, in the place of the server’s own.'),
  title: text().optional().describe('Title in the place of the server’s own.'),
  description: text().optional().describe('Description in the place of the server’s own.'),
  annotations: z.record(z.string(), z.json(), { error: `${EXPECTED}a map such as \`readOnlyHint: true\`` }).optional().describe('Hints such as `readOnlyHint`, over the server’s own.'),
  enabled: flag().optional().describe('`false`: nobody may see or call it. `true`: also when `disabledTools` or `enabledTools` say otherwise.'),
  hidden: flag().optional().describe('In no list; who knows its name may call it.'),
})

export type ToolEntry = z.output<typeof toolEntrySchema>
