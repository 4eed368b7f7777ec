import { GatewayError } from '../../domain/errors.ts'
import type { CallLimits } from '../../domain/server-settings.ts'

/** Where a call wants a place. */
export interface PlaceRequest {
  /** Who is called: calls of the same one share its places. */
  readonly upstream: string
  /** The server as people know it. */
  readonly server: string
  readonly limits: CallLimits | undefined
  readonly signal: AbortSignal
}

/** The places for calls at every server. Who finds none waits for its turn, first come, first served. */
export interface CallPlaces {
  /** A place, which its disposal gives back. Rejects with `overloaded` or `cancelled`. */
  enter(request: PlaceRequest): Promise<Disposable>
}

interface Line {
  running: number
  readonly waiting: (() => void)[]
}

const FREE: Disposable = { [Symbol.dispose]() {} }
const RETRY_AFTER_MS = 1_000

function refuse(server: string, situation: string): GatewayError {
  const cure = `Try again when one has ended, or raise \`mcpServers.${server}.limits.concurrency\` or \`mcpServers.${server}.limits.queue\`.`
  return new GatewayError('overloaded', `${situation} ${cure}`, { retryAfterMs: RETRY_AFTER_MS })
}

/** Waits until it is called from the line. */
function waitForTurn(line: Line, { server, limits, signal }: PlaceRequest): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const leave = (error: GatewayError): void => {
    const at = line.waiting.indexOf(admit)
    if (at >= 0) line.waiting.splice(at, 1)
    finish()
    reject(error)
  }
  const onAbort = (): void => leave(new GatewayError('cancelled', 'The call was cancelled while it waited for its turn.', { cause: signal.reason }))
  const waitMs = limits?.queueTimeoutMs ?? 0
  const timer = setTimeout(() => leave(refuse(server, `The call waited ${waitMs} ms for its turn: MCP server \`${server}\` runs ${line.running} calls at one time.`)), waitMs)
  const finish = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  const admit = (): void => {
    finish()
    resolve()
  }
  line.waiting.push(admit)
  signal.addEventListener('abort', onAbort, { once: true })
  return promise
}

export function createCallPlaces(): CallPlaces {
  const lines = new Map<string, Line>()

  function lineOf(upstream: string): Line {
    let line = lines.get(upstream)
    if (!line) lines.set(upstream, (line = { running: 0, waiting: [] }))
    return line
  }

  /** The place goes straight to the next in line, so that nobody who comes later takes it. */
  function occupied(upstream: string, line: Line): Disposable {
    let isGiven = false
    return {
      [Symbol.dispose]() {
        if (isGiven) return
        isGiven = true
        const next = line.waiting.shift()
        if (next) return next()
        line.running--
        if (line.running === 0) lines.delete(upstream)
      },
    }
  }

  return {
    async enter(request) {
      const { upstream, server, limits, signal } = request
      if (limits?.concurrency === undefined) return FREE
      const line = lineOf(upstream)
      if (line.running < limits.concurrency) {
        line.running++
        return occupied(upstream, line)
      }
      if (line.waiting.length >= limits.queue) {
        throw refuse(server, `MCP server \`${server}\` has ${line.running} calls running and ${line.waiting.length} waiting, which is all that it may have.`)
      }
      if (signal.aborted) throw new GatewayError('cancelled', 'The call was cancelled.', { cause: signal.reason })
      await waitForTurn(line, request)
      return occupied(upstream, line)
    },
  }
}
