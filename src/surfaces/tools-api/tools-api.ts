import { SelectionError } from '../../core/catalog/index.ts'
import { createRestContextReader, renderProblem, type ErrorRenderer, type HttpSurface } from '../http/index.ts'
import { inspectServers } from './inspect-servers.ts'
import { invokeTool } from './invoke-tool.ts'
import { listTools } from './list-tools.ts'
import { readInstructions } from './read-instructions.ts'
import type { ToolsApiDeps } from './tools-api-deps.ts'

/** Problem details; what is wrong with a selection goes along as data. */
const renderError: ErrorRenderer = (error, requestId, headers) => {
  const answer = renderProblem(error, requestId, headers)
  if (!(error instanceof SelectionError)) return answer
  return { ...answer, body: `${answer.body.slice(0, -1)},"selection":${JSON.stringify(error.problem)}}` }
}

/** MCP tools over plain HTTP, for scripts and the CLI. It finds, shows and calls them; it does not make them paths of their own. */
export function createToolsApiSurface(deps: ToolsApiDeps): HttpSurface {
  const base = { policy: 'tools:use', renderError } as const
  const look = inspectServers(deps)
  const readContext = createRestContextReader(deps.trustContext ?? false)
  return {
    name: 'tools-api',
    routes: [
      { ...base, method: 'GET', path: '/api/tools', handle: listTools(deps.catalog, readContext) },
      { ...base, method: 'POST', path: '/api/tool-invocations', handle: invokeTool(deps, readContext) },
      { ...base, method: 'GET', path: '/api/inspect', handle: look },
      { ...base, method: 'GET', path: '/api/inspect/{server}', handle: look },
      { ...base, method: 'GET', path: '/api/inspect/{server}/{tool+}', handle: look },
      { ...base, method: 'GET', path: '/api/instructions', handle: readInstructions(deps.catalog, readContext) },
    ],
  }
}
