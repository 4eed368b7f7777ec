import { normalTag } from '../../domain/tag-expression.ts'
import { toJsonText } from '../../lib/json-text.ts'
import type { Catalog } from '../../core/catalog/index.ts'
import { sendJson, type HttpRoute, type ReadRestContext } from '../http/index.ts'
import { listPage } from './list-page.ts'
import { readCount, readSwitch } from './read-parameters.ts'
import { describeMissing, seeTools } from './seen-tools.ts'
import { mentions, writeToolItem } from './tool-item.ts'

const OWN = ['server', 'tag', 'q', 'schema', 'limit', 'cursor']
const LIMIT = { otherwise: 100, most: 1000 }

/** `GET /api/tools`: every tool of the selection, flat, a page at a time. */
export function listTools(catalog: Catalog, readContext: ReadRestContext): HttpRoute['handle'] {
  return async (request, response, context) => {
    const seen = await seeTools(catalog, request, context, OWN, readContext(request, context))
    const { parameters, server, view } = seen
    const tags = parameters.all('tag').map(normalTag)
    const words = (parameters.one('q') ?? '').toLowerCase().split(/\s+/).filter((word) => word !== '')
    const entries = view.list('tool').filter((entry) => (server === undefined || entry.route.server === server) && tags.every((tag) => entry.tags.has(tag)) && mentions(entry, words))
    const page = listPage(entries, readCount(parameters, 'limit', LIMIT.otherwise, LIMIT.most), parameters.one('cursor'))
    const withDefinition = readSwitch(parameters, 'schema')
    const facts = toJsonText({ next: page.next ?? null, total: entries.length, generation: view.generation, missing: describeMissing(seen).map((missing) => ({ ...missing })) })
    sendJson(response, 200, `{"items":[${page.entries.map((entry) => writeToolItem(entry, withDefinition)).join(',')}],${facts.slice(1)}`)
  }
}
