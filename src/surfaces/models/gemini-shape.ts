import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { ModelShape, SizedModel } from './shapes.ts'

const DEFAULT_PAGE = 50
const MAX_PAGE = 1_000

function readPageSize(query: URLSearchParams): number {
  const size = Number(query.get('pageSize') ?? DEFAULT_PAGE)
  return Number.isInteger(size) && size >= 1 ? Math.min(size, MAX_PAGE) : DEFAULT_PAGE
}

/** A token is the name after which the next page begins. */
function writePage(models: readonly SizedModel[], query: URLSearchParams): JsonObject {
  const token = query.get('pageToken') ?? ''
  const after = token === '' ? -1 : models.findIndex(({ name }) => name === Buffer.from(token, 'base64url').toString('utf8'))
  if (token !== '' && after < 0) throw new GatewayError('invalid_request', 'Expected `pageToken` to be one that an earlier page gave.')
  const page = models.slice(after + 1, after + 1 + readPageSize(query))
  const last = page.at(-1)
  const isLast = after + 1 + page.length >= models.length
  return { models: page.map((model) => geminiShape.one(model)), ...(isLast || !last ? {} : { nextPageToken: Buffer.from(last.name).toString('base64url') }) }
}

/** @see https://ai.google.dev/api/models#Model */
export const geminiShape: ModelShape = {
  one: ({ name, contextTokens, outputTokens }) => ({
    name: `models/${name}`,
    version: '001',
    displayName: name,
    ...(contextTokens === undefined ? {} : { inputTokenLimit: contextTokens }),
    ...(outputTokens === undefined ? {} : { outputTokenLimit: outputTokens }),
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  }),
  list: writePage,
}
