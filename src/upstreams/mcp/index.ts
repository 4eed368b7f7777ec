export type { McpCall, McpUpstream, ServerHello, UpstreamChange, UpstreamStatus } from './upstream.ts'
