import { randomBytes } from 'node:crypto'
import type { CallQuery, CallRecord, CallRecordStore } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'

export interface AuditSettings {
  readonly enabled: boolean
  readonly retentionMs: number
  /** Whether arguments are kept, too. */
  readonly arguments: boolean
}

/**
 * The record of calls. It writes behind the calls, a batch at a time, so that none waits for it; what was taken is on disk a fifth
 * of a second later, or when it is disposed. A process that is killed loses no more than that.
 */
export interface CallAudit extends AsyncDisposable {
  readonly settings: AuditSettings
  record(call: Omit<CallRecord, 'id'>): void
  /** Newest first, with every call that was recorded until now. Rejects with `storage_unavailable`. */
  find(query: CallQuery): Promise<readonly CallRecord[]>
}

export interface CallAuditDeps {
  readonly store: CallRecordStore
  readonly logger: Logger
  /** Read with every call. */
  readonly settings: () => AuditSettings
}

const BATCH_MS = 100
const RETRY_MS = 1_000
const MOST_HELD = 20_000
const TRIM_MS = 3_600_000

class Audit implements CallAudit {
  readonly #deps: CallAuditDeps
  readonly #process = randomBytes(4).toString('hex')
  readonly #trimming: NodeJS.Timeout
  #sequence = 0
  #held: CallRecord[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #lost = 0
  #failed = false
  #isClosed = false

  constructor(deps: CallAuditDeps) {
    this.#deps = deps
    this.#trimming = setInterval(() => void this.#trim(), TRIM_MS)
    this.#trimming.unref()
    void this.#trim()
  }

  get settings(): AuditSettings {
    return this.#deps.settings()
  }

  record(call: Omit<CallRecord, 'id'>): void {
    // Where it would be written is closed, too, or about to be.
    if (this.#isClosed) return this.#deps.logger.error({ server: call.server, method: call.method, name: call.name }, 'a call ended after its record was closed')
    if (this.#held.length >= MOST_HELD) {
      this.#lost++
      return
    }
    const order = (this.#sequence++).toString(36).padStart(8, '0')
    this.#held.push({ ...call, id: `${call.startedAt.getTime().toString(36).padStart(9, '0')}-${order}-${this.#process}` })
    this.#plan(BATCH_MS)
  }

  async find(query: CallQuery): Promise<readonly CallRecord[]> {
    await this.#writing
    if (this.#held.length > 0) await this.#write()
    return this.#deps.store.find(query)
  }

  #plan(delayMs: number): void {
    if (this.#timer || this.#writing || this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined
        if (this.#held.length > 0) this.#plan(this.#failed ? RETRY_MS : 0)
      })
    }, delayMs)
  }

  async #write(): Promise<void> {
    const batch = this.#held
    this.#held = []
    try {
      await this.#deps.store.append(batch)
      if (this.#failed) this.#deps.logger.info({ lost: this.#lost }, 'the record of calls can be written again')
      this.#failed = false
      this.#lost = 0
    } catch (error) {
      this.#failed = true
      this.#held = [...batch, ...this.#held]
      this.#deps.logger.error({ err: error, held: this.#held.length, lost: this.#lost }, 'the record of calls could not be written; it is tried again')
    }
  }

  async #trim(): Promise<void> {
    const before = new Date(Date.now() - this.settings.retentionMs)
    await this.#deps.store.trim(before).catch((error: unknown) => this.#deps.logger.warn({ err: error }, 'old records of calls could not be removed'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#trimming)
    clearTimeout(this.#timer)
    await this.#writing
    if (this.#held.length > 0) await this.#write()
    if (this.#held.length > 0) this.#deps.logger.error({ lost: this.#held.length + this.#lost }, 'records of calls were lost')
  }
}

export function createCallAudit(deps: CallAuditDeps): CallAudit {
  return new Audit(deps)
}
