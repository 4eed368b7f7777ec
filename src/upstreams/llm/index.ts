export { collectAnswer, type CollectedAnswer } from './shared/collect-answer.ts'
export { createLlmUpstream, type LlmUpstreamDeps } from './create-llm-upstream.ts'
export type { AnswerSink, ListedModel, LlmUpstream, LlmWireRequest, SentRequest, WireHeaders } from './upstream.ts'
