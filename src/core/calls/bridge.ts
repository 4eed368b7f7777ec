import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import type { CallRequest } from './call-request.ts'
import type { ParkedCalls } from './parked-calls.ts'
import type { ResolvedCall } from './resolve-call.ts'
import type { Tasks } from './tasks/tasks.ts'

/** One resolved call on its way to a ready server, with what it takes to meet the server's era. */
export interface Bridge {
  readonly request: CallRequest
  readonly resolved: ResolvedCall
  readonly upstream: McpUpstream
  readonly hello: ServerHello
  readonly parked: ParkedCalls
  readonly tasks: Tasks
}
