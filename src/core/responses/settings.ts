/** What bounds the responses that are kept. */
export interface ResponseSettings {
  readonly retentionMs: number
  /** Of one principal; the oldest go first. */
  readonly maxPerPrincipal: number
  /** Background runs at one time, over all principals. */
  readonly maxBackground: number
  readonly backgroundMs: number
}

export const DEFAULT_RESPONSE_SETTINGS: ResponseSettings = {
  retentionMs: 30 * 24 * 60 * 60 * 1000,
  maxPerPrincipal: 10_000,
  maxBackground: 256,
  backgroundMs: 60 * 60 * 1000,
}
