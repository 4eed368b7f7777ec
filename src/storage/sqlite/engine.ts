import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../domain/errors.ts'
import { PassingMap } from '../../lib/passing-map.ts'
import type { SqlEngine, SqlRow } from '../sql-engine.ts'
import type { Run, WriterAnswer, WriterOptions, WriterRequest } from './messages.ts'

interface Waiting {
  resolve(rows: readonly SqlRow[]): void
  reject(error: Error): void
}

const unavailable = (reason: string): GatewayError =>
  new GatewayError('storage_unavailable', `The gateway's database cannot be used: ${reason}.`)

// Beside this file, under the same extension: sources run as they are, a build has JavaScript.
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './writer-thread.ts' : './writer-thread.js', import.meta.url)

/** An SQLite file behind a writer thread. Rejects with `storage_unavailable` when it cannot be opened or is too new. */
export async function openSqliteEngine(options: WriterOptions): Promise<SqlEngine> {
  const worker = new Worker(THREAD, { workerData: options })
  const waiting = new PassingMap<number, Waiting>()
  const opened = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  let lastId = 0
  let gone: GatewayError | undefined

  const giveUp = (reason: string): void => {
    gone ??= unavailable(reason)
    opened.reject(gone)
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
  }
  const settle = (id: number, act: (entry: Waiting) => void): void => {
    const entry = waiting.get(id)
    waiting.delete(id)
    if (entry) act(entry)
  }
  worker.on('message', (message: WriterAnswer) => {
    if (message.kind === 'ready') opened.resolve()
    else if (message.kind === 'refused') giveUp(message.reason)
    else if (message.kind === 'rows') settle(message.id, ({ resolve }) => resolve(message.rows))
    else if (message.kind === 'committed') for (const id of message.ids) settle(id, ({ resolve }) => resolve([]))
    else if (message.kind === 'failed') for (const id of message.ids) settle(id, ({ reject }) => reject(unavailable(message.reason)))
  })
  worker.on('error', (error) => giveUp(error.message))
  worker.on('exit', () => {
    giveUp('its writer thread ended')
    exited.resolve()
  })
  const post = (request: WriterRequest): void => worker.postMessage(request)
  // What one turn of the event loop writes travels as one message.
  let runs: Run[] = []
  const sendRuns = (): void => {
    if (runs.length > 0) post({ kind: 'run', runs })
    runs = []
  }
  const ask = (send: (id: number) => void): Promise<readonly SqlRow[]> => {
    if (gone) return Promise.reject(gone)
    const id = ++lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      send(id)
    })
  }

  await opened.promise
  return {
    async write(statement) {
      await ask((id) => {
        if (runs.push({ id, statement }) === 1) setImmediate(sendRuns)
      })
    },
    read(statement) {
      sendRuns()
      return ask((id) => post({ kind: 'read', id, statement }))
    },
    async [Symbol.asyncDispose]() {
      sendRuns()
      if (!gone) post({ kind: 'close' })
      await exited.promise
    },
  }
}
