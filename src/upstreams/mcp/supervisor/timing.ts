/** Waits and limits of supervision that no configuration needs to change; tests shorten them. */
export interface Timing {
  /** A child whose stdin was closed may take this long to end by itself. */
  readonly stdinCloseMs: number
  /** After SIGTERM, before SIGKILL. */
  readonly terminateMs: number
  /** A child that takes no byte of its input for this long is stuck. */
  readonly writeMs: number
  /** A stdio server that is silent this long on `server/discover` is sent `initialize` as well. */
  readonly probeMs: number
  readonly backOffFirstMs: number
  readonly backOffLastMs: number
  /** This many crashes within the window end in `failed`. */
  readonly crashLimit: number
  readonly crashWindowMs: number
  readonly healthIntervalMs: number
  readonly healthTimeoutMs: number
  /** A dropped stream is opened again after this, doubling, with jitter. */
  readonly streamRetryMs: number
}

export const DEFAULT_TIMING: Timing = {
  stdinCloseMs: 2_000,
  terminateMs: 3_000,
  writeMs: 30_000,
  probeMs: 2_000,
  backOffFirstMs: 500,
  backOffLastMs: 60_000,
  crashLimit: 5,
  crashWindowMs: 120_000,
  healthIntervalMs: 30_000,
  healthTimeoutMs: 10_000,
  streamRetryMs: 1_000,
}
