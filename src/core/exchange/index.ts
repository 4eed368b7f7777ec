export type { Attempt, AttemptOutcome, CountAnswer, ExchangeClient, ExchangeRequest, ExchangeService, KeptQuestion, StoredQuestion } from './exchange.ts'
export { createExchangeService, type ExchangeServiceDeps } from './exchange-service.ts'
export { type ExchangeSettings } from './settings.ts'
export type { WireHeaders } from '../../upstreams/llm/index.ts'
