/** How long an answer may take in each of its phases. */
export interface AnswerTimeouts {
  readonly connectMs: number
  readonly firstTokenMs: number
  readonly idleMs: number
}

export type AnswerPhase = 'connect' | 'first-token' | 'idle'

/** One timer that watches an answer through its phases. It decides when time is up; what follows is its owner's business. */
export interface AnswerTimers extends Disposable {
  enter(phase: AnswerPhase): void
  /** Bytes came. Costs no timer call: the running timer looks at what happened when it fires. */
  progress(bytes: number, isWholeLine: boolean): void
  /** While the reader makes us wait, the provider is not late. */
  pause(): void
  resume(): void
}

/** An answer that is no stream of lines must bring this much in an idle window; slower is a drip that never ends. */
const MIN_WINDOW_BYTES = 1_024

/** Longest delay that `setTimeout` takes; a setting beyond it (local models) means no deadline. */
const MAX_DELAY_MS = 2 ** 31 - 1

class PhaseTimers implements AnswerTimers {
  readonly #timeouts: AnswerTimeouts
  readonly #expire: (phase: AnswerPhase) => void
  #phase: AnswerPhase = 'connect'
  #timer: NodeJS.Timeout | undefined
  #windowBytes = 0
  #sawLine = false
  #isPaused = false

  constructor(timeouts: AnswerTimeouts, expire: (phase: AnswerPhase) => void) {
    this.#timeouts = timeouts
    this.#expire = expire
  }

  enter(phase: AnswerPhase): void {
    this.#phase = phase
    this.#arm()
  }

  progress(bytes: number, isWholeLine: boolean): void {
    this.#windowBytes += bytes
    if (isWholeLine) this.#sawLine = true
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#sawLine = true
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isPaused = true
  }

  #arm(): void {
    clearTimeout(this.#timer)
    this.#windowBytes = 0
    this.#sawLine = false
    const { connectMs, firstTokenMs, idleMs } = this.#timeouts
    const delay = this.#phase === 'connect' ? connectMs : this.#phase === 'first-token' ? firstTokenMs : idleMs
    this.#timer = delay > 0 && delay <= MAX_DELAY_MS ? setTimeout(() => this.#fire(), delay) : undefined
  }

  #fire(): void {
    const isAlive = this.#phase === 'idle' && (this.#sawLine || this.#windowBytes >= MIN_WINDOW_BYTES)
    if (this.#isPaused || isAlive) return this.#arm()
    this.#expire(this.#phase)
  }
}

/** The timers run once a phase is entered. */
export function createAnswerTimers(timeouts: AnswerTimeouts, expire: (phase: AnswerPhase) => void): AnswerTimers {
  return new PhaseTimers(timeouts, expire)
}
