export { createResponses } from './create-responses.ts'
export type { Responses, ResponseQuestion, ResponsesDeps } from './responses.ts'
export type { ResponseSettings } from './settings.ts'
