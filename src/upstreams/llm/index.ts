export { createLlmUpstream, type LlmUpstreamDeps } from './registry.ts'
export type { AnswerSink, ListedModel, LlmUpstream, LlmWireRequest, SentRequest, WireHeaders } from './upstream.ts'
