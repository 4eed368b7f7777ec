import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { ConversationChanges, UserInput } from '../../core/conversations/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { withoutUndefined } from '../../lib/without-undefined.ts'
import { readBody, type BodyLimits } from '../http/index.ts'

const parameters = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject)

export const changesBody = z.strictObject({
  title: z.string().max(500).exactOptional(),
  favourite: z.boolean().exactOptional(),
  model: z.string().min(1).max(500).nullable().exactOptional(),
  system_prompt: z.string().exactOptional(),
  tools: z.string().max(2000).nullable().exactOptional(),
  max_tool_hops: z.int().min(1).nullable().exactOptional(),
  parameters: parameters.exactOptional(),
  streaming: z.boolean().exactOptional(),
})

const attachment = z.union([
  z.strictObject({ name: z.string().min(1).max(200).exactOptional(), url: z.string().regex(/^data:/) }),
  z.strictObject({ resource: z.string().min(1).max(4096) }),
])

export const messageBody = z.strictObject({ content: z.string(), attachments: z.array(attachment).max(32).exactOptional() })

export const saveBody = z.strictObject({ name: z.string().min(1).max(200).exactOptional() })

export const approvalBody = z.strictObject({ approved: z.boolean(), reason: z.string().max(2000).exactOptional() })

export const elicitationBody = z.strictObject({ action: z.enum(['accept', 'decline', 'cancel']), content: z.record(z.string(), z.unknown()).exactOptional() })

/** Only what the body says; null takes back what was said before. */
export function readChanges(body: z.output<typeof changesBody>): ConversationChanges {
  const { title, favourite: isFavourite, model, system_prompt: systemPrompt, tools, max_tool_hops: maxToolHops, parameters: given, streaming } = body
  const settings = {
    ...withoutUndefined({ systemPrompt, parameters: given, streaming }),
    ...(model === undefined ? {} : { model: model ?? undefined }),
    ...(tools === undefined ? {} : { tools: tools ?? undefined }),
    ...(maxToolHops === undefined ? {} : { maxToolHops: maxToolHops ?? undefined }),
  }
  return { ...withoutUndefined({ title, isFavourite }), settings }
}

export function readInput({ content, attachments = [] }: z.output<typeof messageBody>): UserInput {
  if (content.trim() === '' && attachments.length === 0) throw new GatewayError('invalid_request', 'Expected `content` or `attachments` to say something.')
  return {
    content,
    attachments: attachments.map((each, index) => ('resource' in each ? { kind: 'resource', uri: each.resource } : { kind: 'file', name: each.name ?? `attachment-${index + 1}`, url: each.url })),
  }
}

/** A body of the shape that a route takes; an empty one is an empty object. Throws `invalid_request` naming what is wrong with it. */
export async function readSessionBody<Shape>(request: IncomingMessage, limits: BodyLimits, schema: z.ZodType<Shape>): Promise<Shape> {
  const text = Buffer.concat(await readBody(request, limits)).toString('utf8')
  let value: unknown
  try {
    value = text.trim() === '' ? {} : JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', 'Expected the body to be JSON.', { cause })
  }
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue && issue.path.length > 0 ? `\`${issue.path.join('.')}\`: ` : ''
  throw new GatewayError('invalid_request', `The body is not what was expected: ${place}${issue?.message ?? 'unknown'}.`)
}
