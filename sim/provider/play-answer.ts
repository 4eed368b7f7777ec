import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Answer } from './answer.ts'
import type { Fault, Script } from './script.ts'

/** Everything that playing an answer needs. */
export interface Stage {
  readonly response: ServerResponse
  readonly socket: Socket
  readonly answer: Answer
  readonly script: Script
  /** Aborts when the client has gone or the simulator closes. */
  readonly signal: AbortSignal
  /** Whether the socket had served an answer before this request. */
  readonly isReused: boolean
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal })

/** Writes in pieces of the script's size, each on its own. A multi-byte character may be cut. */
async function write({ response, script, signal }: Stage, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8')
  const size = script.splitBytes ?? bytes.length
  for (let at = 0; at < bytes.length; at += size) {
    if (signal.aborted) return
    const goesOn = response.write(bytes.subarray(at, at + size))
    if (!goesOn) await Promise.race([new Promise<void>((resolve) => response.once('drain', resolve)), pause(60_000, signal)])
    if (script.splitIntervalMs !== undefined) await pause(script.splitIntervalMs, signal)
    else if (script.splitBytes !== undefined) await nextTurn()
  }
}

async function hang(signal: AbortSignal): Promise<void> {
  await pause(10 * 60_000, signal)
}

function head({ response, script }: Stage, status: number, type: string): void {
  response.writeHead(status, {
    'content-type': script.contentType ?? type,
    'x-request-id': 'sim-request',
    'x-ratelimit-remaining-requests': '99',
    'set-cookie': 'sim=1',
    ...(script.retryAfter === undefined ? {} : { 'retry-after': script.retryAfter }),
    ...(script.retryAfterMs === undefined ? {} : { 'retry-after-ms': script.retryAfterMs }),
    ...(script.fault === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    ...(script.fault === 'redirect' ? { location: 'http://127.0.0.1:9/elsewhere' } : {}),
  })
  response.flushHeaders()
}

type Instead = (stage: Stage) => void | Promise<void>

const typeFor = ({ answer }: Stage): string => (answer.stream ? answer.streamType : 'application/json')

function refuse(stage: Stage, status: number): void {
  head(stage, status, 'application/json')
  stage.response.end(stage.script.body ?? stage.answer.error(status))
}

/** Faults that stand in the place of the whole answer. */
const INSTEAD: Partial<Record<Fault, Instead>> = {
  'reset-before-headers': ({ socket }) => void socket.resetAndDestroy(),
  hang: ({ signal }) => hang(signal),
  status: (stage) => refuse(stage, stage.script.status ?? 500),
  redirect: (stage) => refuse(stage, stage.script.status ?? 302),
  async 'reset-after-headers'(stage) {
    head(stage, 200, typeFor(stage))
    await pause(20, stage.signal)
    stage.socket.resetAndDestroy()
  },
  empty(stage) {
    head(stage, 200, typeFor(stage))
    stage.response.end()
  },
  gzip(stage) {
    head(stage, 200, 'application/json')
    stage.response.end(gzipSync(stage.answer.whole()))
  },
}

async function playWhole(stage: Stage): Promise<void> {
  const { response, socket, answer, script, signal } = stage
  const whole = answer.whole()
  if (script.fault === 'http10') {
    socket.end(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${whole}`)
    return
  }
  head(stage, 200, 'application/json')
  if (script.fault === 'half-body' || script.fault === 'cut') {
    await write(stage, whole.slice(0, whole.length / 2))
    await pause(20, signal)
    socket.resetAndDestroy()
    return
  }
  if (script.fault === 'endless') {
    await write(stage, whole.slice(0, -1))
    for (;;) await write(stage, ' '.repeat(64 * 1024))
  }
  await write(stage, script.fault === 'malformed' ? (script.body ?? whole.slice(0, -3)) : whole)
  response.end()
}

/** What happens in the place of the event after the last good one; true when that ends the answer. */
async function playStreamFault(stage: Stage, index: number): Promise<boolean> {
  const { response, socket, answer, script, signal } = stage
  switch (script.fault) {
    case 'cut':
      await pause(20, signal)
      socket.resetAndDestroy()
      return true
    case 'eof':
      response.end()
      return true
    case 'stall':
      await hang(signal)
      return true
    case 'error-event':
      await write(stage, answer.errorEvent(index))
      response.end()
      return true
    case 'malformed':
      await write(stage, script.body ?? answer.brokenEvent)
      return false
    default:
      return false
  }
}

async function playStream(stage: Stage): Promise<void> {
  const { response, answer, script, signal } = stage
  const events = answer.events()
  head(stage, 200, answer.streamType)
  if (script.bom === true) response.write(Buffer.from([0xef, 0xbb, 0xbf]))
  const after = script.after ?? 0
  for (const [index, event] of events.entries()) {
    if (index === after && (await playStreamFault(stage, index))) return
    if (index > 0 && script.intervalMs !== undefined) await pause(script.intervalMs, signal)
    await write(stage, event)
    while (script.fault === 'endless' && index === after) await write(stage, event)
  }
  response.end()
}

/** Plays a script on a real socket. Rejects when the client leaves in the middle. */
export async function playAnswer(stage: Stage): Promise<void> {
  const { socket, answer, script, signal, response } = stage
  if (script.ttftMs !== undefined) await pause(script.ttftMs, signal)
  if (script.fault === 'reset-reused' && stage.isReused) return void socket.resetAndDestroy()
  const instead = script.fault && INSTEAD[script.fault]
  if (instead) return instead(stage)
  if (script.fault === 'close-idle') response.once('finish', () => setTimeout(() => socket.resetAndDestroy(), script.after ?? 0))
  const asStream = script.fault === 'sse-instead' || (answer.stream && script.fault !== 'json-instead')
  await (asStream ? playStream(stage) : playWhole(stage))
}
