export { createCalls } from './calls.ts'
export type { CallRequest, Calls, CallsDeps, SubscriptionTarget } from './calls.ts'
export type { ResourceSubscriber } from './resource-subscriptions.ts'
