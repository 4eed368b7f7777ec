export { createCalls } from './calls.ts'
export type { CallRequest } from './call-request.ts'
export type { Calls, CallsDeps, SubscriptionTarget } from './calls.ts'
export type { ResourceSubscriber } from './resource-subscriptions.ts'
