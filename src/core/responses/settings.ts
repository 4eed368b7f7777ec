/** What bounds the responses that are kept. */
export interface ResponseSettings {
  readonly retentionMs: number
  /** Of one principal; the oldest go first. */
  readonly maxPerPrincipal: number
  /** Background runs at one time, over all principals. */
  readonly maxBackground: number
  readonly backgroundMs: number
  /** How long the events of a background run are kept as they were told, once it has ended. */
  readonly eventsMs: number
  /** Of the events of all background runs. */
  readonly eventBytes: number
}

export const DEFAULT_RESPONSE_SETTINGS: ResponseSettings = {
  retentionMs: 30 * 24 * 60 * 60 * 1000,
  maxPerPrincipal: 10_000,
  maxBackground: 256,
  backgroundMs: 60 * 60 * 1000,
  eventsMs: 10 * 60 * 1000,
  eventBytes: 64 * 1024 * 1024,
}
