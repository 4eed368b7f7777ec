export type { AnswerSink, LlmUpstream, LlmWireRequest, WireHeaders } from './upstream.ts'
