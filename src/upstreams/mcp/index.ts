export { createMcpUpstream } from './create-mcp-upstream.ts'
export type { McpUpstreamDeps } from './create-mcp-upstream.ts'
export { sweepOrphans } from './processes/sweep-orphans.ts'
export type { McpCall, McpUpstream, ServerHello, UpstreamChange, UpstreamStatus } from './upstream.ts'
