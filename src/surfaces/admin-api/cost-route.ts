import { checkFilter, narrowFilter, readSelection, type Catalog } from '../../core/catalog/index.ts'
import { listCosts } from '../../core/disclosure/index.ts'
import { readQuerySelectors, renderProblem, sendJson, type HttpRoute } from '../http/index.ts'
import type { ToolCosts } from './contract.ts'

/** `GET /_meta/costs`: what the lists of tools cost a model, per server and preset, for everything or a selection. */
export function createCostRoute(catalog: Catalog): HttpRoute {
  return {
    method: 'GET',
    path: '/_meta/costs',
    policy: 'admin:read',
    renderError: renderProblem,
    handle({ url = '' }, response, { principal }) {
      const filter = narrowFilter({ servers: 'all', tags: undefined, naming: catalog.naming }, readSelection(readQuerySelectors(url)))
      checkFilter(catalog.current, filter)
      const body: ToolCosts = listCosts(catalog.current, principal, filter)
      sendJson(response, 200, JSON.stringify(body))
    },
  }
}
