import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { GatewayError } from '../../domain/errors.ts'
import { readBody } from '../http/index.ts'

/** Administration needs no long bodies. */
const LIMITS = { maxBytes: 64 * 1024, idleMs: 10_000 }

/** A body of the shape that a route takes. Throws `invalid_request` naming what is wrong with it. */
export async function readJsonBody<Shape>(request: IncomingMessage, schema: z.ZodType<Shape>): Promise<Shape> {
  const text = Buffer.concat(await readBody(request, LIMITS)).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', 'Expected the body to be JSON.', { cause })
  }
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue && issue.path.length > 0 ? `\`${issue.path.join('.')}\`: ` : ''
  throw new GatewayError('invalid_request', `The body is not what was expected: ${place}${issue?.message ?? 'unknown'}.`)
}
