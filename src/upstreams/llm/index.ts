export { collectAnswer, type CollectedAnswer } from './shared/collect-answer.ts'
export { createLlmUpstream, type LlmUpstreamDeps } from './create-llm-upstream.ts'
export type { AnswerSink, ForwardRequest, ListedModel, LlmUpstream, LlmWireRequest, SentRequest, StoredOperation, WireHeaders } from './upstream.ts'
